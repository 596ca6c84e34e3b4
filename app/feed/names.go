package feed

import "strings"

// The names of fields and many of their synonyms are taken from the RESO Data Dictionary 2.0, which includes works developed
// by RESO and is subject to the RESO End User License published at www.reso.org/eula. The others are headers of exports
// (Redfin's search download, Flexmls) and of public files of sales.

// Fields that RESO does not have: what a table's column may be when its name leaves open what it means.
const (
	fieldPrice = "Price" // asked, or paid where the home is sold
	fieldDate  = "Date"  // of listing, or of the sale where the home is sold
	fieldID    = "Id"    // the home's or row's number; a home sold twice has it twice
	fieldPhoto = "Photo" // the address of a photo, or several with blanks or commas between
	fieldPoint = "Point" // POINT (-72.3 41.5)
)

// fieldNames are what a column may be taken for: field, words, names of columns. Letters and digits alone are compared.
var fieldNames = [][3]string{
	{"ListingKey", "Listing key", `SystemUniqueID; ImmediateSourceID; ListingKeyNumeric; MatrixUniqueID; Matrix Unique ID; Sysid`},
	{"ListingId", "MLS number", `MLNumber; MLSNumber; ListingNumber; MLS#; MLS; MLS No; MLS Num; MLS ID; ML#; ML Num; List Number; Listing #; List No; Listing No; LN; MLS Listing ID; Listing Nbr; ListNo`},
	{"ParcelNumber", "Parcel number", `APN; AssessorsParcelNumber; TaxID; AssessorNumber; Taxkey; Tax Key; Tax ID Number; Parcel; Parcel ID; ParcelID; Parcel No; Parcel #; PID; PIN; Pcl; Folio; Tax Account; Tax Parcel; BBL; MapBlockLot; Assessor's Parcel Number; Account Number`},
	{fieldID, "Number of the home", `ID; House ID; Home ID; Property ID; PropertyID; PUID; UniversalPropertyId; Row ID; Record ID; Sale ID; Transaction ID; Transaction unique identifier; Listing_ID_Number; zpid; Order; Record`},
	{fieldPrice, "Price", `Price; Home Price; House Price; Current Price; Price USD; Price in USD; Price ($); Amount; Value; median_house_value; medv; Search Price; LP/SP; Rent`},
	{"ListPrice", "List price", `AskingPrice; PriceListing; PriceListed; Asking; List Price ($); Listing Price; Listed Price; Current List Price; LP; ListPr; Offer Price; Last List Price`},
	{"OriginalListPrice", "Original list price", `OriginalPrice; Orig List Price; Orig Price; Original Price; OLP; Original LP; First List Price`},
	{"PreviousListPrice", "Previous list price", `PreviousPrice; LastPrice; ListPriorPrice; Prior Price; Previous Price`},
	{"ClosePrice", "Price paid", `SellingPrice; SoldPrice; SalePrice; PriceSold; LeasePrice; RentalPrice; PurchasePrice; Sale Price; Sale_price; Sale Amount; SaleAmt; Sold For; Closing Price; Closed Price; SP; Sale Price ($); Amount Paid; Price Paid; Sales Price; Consideration; ConsiderationAmount; Sold Amount; Final Price`},
	{"StandardStatus", "Standard status", `NormalizedListingStatus; RetsStatus`},
	{"MlsStatus", "Status", `ListingStatus; Status; List Status; MLS Status; St; Stat; Sale Status; Property Status; Current Status`},
	{"PropertyType", "Property type", `Property Type; PropType; Prop Type; Type; Property Class; Property Category; Home Type; Listing Type; Ptype; Class Name; Property Use; Property Class Name; Building Class Category; Property Group`},
	{"PropertySubType", "Kind of home", `Sub Type; Subtype; Prop Sub Type; Property Sub Type; Dwelling Type; Residential Type; House Type; Bldg Type; Dwelling; Property Style; Building Style`},
	{"CloseDate", "Day of sale", `SoldDate; DateSold; COE; COEDate; DateLeased; DateRented; DateLeaseBegins; EffectiveLeaseDate; Sale_date; Sale Date; Sold Date; Sold On; Closed Date; Closing Date; Close Date; Close of Escrow Date; Date of Sale; Date of Transfer; Date Recorded; Recording Date; Recorded Date; Settled Date; Settlement Date; Document Date; Transfer Date; Selling Date; SaleDt; CD; Date Closed`},
	{"ListingContractDate", "Day of listing", `ListingDate; DateOfListing; ListDate; AgreementDate; List Date; Listed On; Listing Date; Date Listed; Listed Date; Listed; LD; Active Date; Entry Date; Beginning Date`},
	{fieldDate, "Date", `Date; Day; Transaction Date; Date Time`},
	{"OnMarketDate", "On market since", `On Market Date; Market Date; Date On Market; On Market`},
	{"OffMarketDate", "Off market since", `DateOffMarket; Off Market Date`},
	{"AvailabilityDate", "Available from", `Available Date; Date Available; Move In Date; Available`},
	{"UnparsedAddress", "Address", `FullAddress; Address; Street Address; Property Address; Site Address; Situs; Situs Address; Full Street Address; Street; Addr; Address 1; Address Line 1; Street Addr; Location Address; Prop Addr; Property Location; Address Full; Full Address; Formatted Address; Premise Address; House Address; Site_addr`},
	{"StreetNumber", "House number", `Street Number; House Number; St Num; House #; House No; Street No; StNo; St Number; House Nr; HouseNr; Addr Num; HouseNum; Street Num; StreetNumberNumeric; House_Nr_Lo`},
	{"StreetDirPrefix", "Direction before the street", `Compass; Street Dir; St Dir; Dir Prefix; Street Dir Prefix; Direction; Pre Dir; Street Direction; Predirection; Sdir`},
	{"StreetName", "Street", `St Name; Street Name; StName`},
	{"StreetSuffix", "Kind of street", `St Suffix; Street Suffix; Suffix; Street Type; St Type; Sttype`},
	{"StreetDirSuffix", "Direction behind the street", `St Dir Sfx; Dir Suffix; Post Dir; Street Dir Suffix; Street Post Dir`},
	{"UnitNumber", "Unit", `ApartmentNumber; SpaceNumber; Suite; Unit #; Unit; Unit Number; Unit No; Apt; Apt #; Apartment; Apartment Number; Apt No; SAON; Unit Num`},
	{"City", "City", `Town; City/Town Code; City Name; Municipality; City/Town; Town Name; Prop City; Property City; Site City; Post Town; Town/City; Locality; Municipality Name; Community City; Situs City; PostalCity; Village; Suburb`},
	{"StateOrProvince", "State", `State; State/Province; State or Province; ST Code; Province; State Code; Prop State; State Abbr; Situs State`},
	{"PostalCode", "Zip code", `ZipCode; Zip; Zip Code; Zip or Postal Code; Postal Code; Postcode; Post Code; Zip5; Zip_Code; Postal; Prop Zip; Site Zip; Zip Postal Code; Situs Zip; Zip Cd`},
	{"CountyOrParish", "County", `County; County Code; Parish; County Name; County/Parish`},
	{"SubdivisionName", "Subdivision", `Builder's Tract; Subdivision; Subdiv; Location; Neighborhood; Neighbourhood; CondoProject; Development; Complex; Complex Name; Community Name; Condo Name; Sub Division; Area Name; Legal Subdivision; Subd`},
	{"Latitude", "Latitude", `Lat; Geo Lat; Y; Latitude (deg); Lattitude; Lat Dd; Y Coord; Geo Latitude; Property Latitude; LatDeg`},
	{"Longitude", "Longitude", `Long; Lon; Lng; Geo Lon; X; Geo Lng; Longtitude; Geo Long; X Coord; Geo Longitude; Property Longitude; LonDeg`},
	{fieldPoint, "Place as POINT (longitude latitude)", `Point; Geometry; The Geom; WKT; Geo Point; Geocoded Column; Georeference; Shape`},
	{"BedroomsTotal", "Bedrooms", `Beds; Bedrooms; Bdrms; # Bedrooms; Bed; BR; Total Bedrooms; Beds Total; BedsTotal; Bedrooms Total; No of Bedrooms; Bedroom; Num Bedrooms; Number of Bedrooms; Br Total; Bdrm; Nbr Bedrooms; Bedroom AbvGr; Bedrooms AbvGr; Num Beds; Total Beds; BdRms Total; Bedrms; TotalBedrooms; Bed Rooms; BedroomAbvGr; BD; Num Bedroom`},
	{"BathroomsTotalInteger", "Bathrooms", `Baths; Bathrooms; Total Bathrooms; Bath; BA; Total Baths; Baths Total; BathsTotal; Bathrooms Total; BathroomsTotal; No of Bathrooms; Bathroom; Num Bathrooms; Number of Bathrooms; BathroomsTotalDecimal; Bathrooms Total Decimal; Nbr Baths; Num Baths; Ttl Baths; Bth; Bath Rooms; Num Bathroom`},
	{"BathroomsFull", "Full bathrooms", `FullBaths; Full Baths; Full Bathrooms; Fbath; Full Bath; Baths Full; BathsFull; Bath Full; Baths (Full); FB; Full Bths; Num Full Baths; Bathrooms Full; # Full Baths`},
	{"BathroomsHalf", "Half bathrooms", `HalfBaths; Half Baths; Half Bathrooms; Hbath; Half Bath; Baths Half; BathsHalf; Bath Half; Baths (Half); HB; Half Bths; Num Half Baths; Bathrooms Half; # Half Baths; Partial Baths; BathroomsPartial`},
	{"BathroomsThreeQuarter", "Three-quarter bathrooms", `ThreeQuarterBaths; BathsThreeQuarter; Three Quarter Baths; 3/4 Baths; 3/4 Bathrooms; Baths 3/4`},
	{"BathroomsOneQuarter", "Quarter bathrooms", `QuarterBaths; Quarter Baths; 1/4 Baths; Baths 1/4; BathsOneQuarter`},
	{"LivingArea", "Living area", `Sqft; Square Feet; Sq Ft; Approx SQFT; sqft_living; Fin_sqft; FinishedSqft; Finished Sqft; Living Area; Living Sqft; Building Area; Building Sqft; Total Sqft; Gr Liv Area; Square Footage; Sq. Ft.; SqFtTot; Total Square Feet; Approx Sq Ft; Living Area SqFt; Heated Sqft; House Size; Home Size; Gross Square Feet; Total Finished Sqft; Area; BuildingAreaTotal; Interior Sqft; Approximate Square Footage; SqFt Total; Tot Sqft; Size; Size Sqft; Living Space; Floor Area; Total Living Area; Livable Area; Bldg Sqft; Approx Living Area; Above Grade Sqft; Sqft Fin; Square Ft; Est Sqft; Total Livable Area`},
	{"LivingAreaUnits", "Unit of the living area", `Living Area Units; Area Units`},
	{"LotSizeSquareFeet", "Lot in square feet", `sqft_lot; Lotsize; Lot Size; Approx Lot SqFt; Lot Sqft; Lot Square Feet; Lot Area; Land Square Feet; Lot Sq Ft; Lot Square Footage; Land Area; Land Sqft; Lot Size SqFt; LotArea; Landsize; Land Size; Lot Size (sq ft); SqFt Lot`},
	{"LotSizeAcres", "Lot in acres", `Acres; Lot Acres; Approx Lot Acres; acre_lot; Acreage; Lot Size Acres; Total Acres; # Acres; Approx Acres; Lot Size (acres); Number of Acres; Land Acres`},
	{"LotSizeArea", "Lot, unit elsewhere", `Lot Size Area`},
	{"LotSizeUnits", "Unit of the lot", `Lot Size Units; Lot Units; Lot Size Unit`},
	{"YearBuilt", "Year built", `Year Built; Yr Built; Year_Built; yr_built; Built; YrBlt; Yr Blt; Year Construct; Construction Year; Built Year; AYB; Actual Year Built; Year of Construction; Yr_Bult`},
	{"Stories", "Stories", `Floors; Exterior Stories; Stories; # Stories; Num Stories; No of Stories; Number of Stories; Floor; Stories Total; NumFloors; Number of Floors; Story`},
	{"Levels", "Levels", `# of Interior Levels; Levels`},
	{"GarageSpaces", "Garage spaces", `Garage; Garages; Garage Spaces; Garage Cars; # Garage Spaces; Garage Stalls; Car; Garage Capacity; Cars; Gar Spaces; Parking Spaces Garage; Num Garage`},
	{"GarageYN", "Garage, yes or no", `Garage Y/N; Has Garage`},
	{"PoolPrivateYN", "Pool, yes or no", `Private Pool Y/N; Pool; Pool Y/N; Pool YN; Has Pool; Private Pool`},
	{"WaterfrontYN", "Waterfront, yes or no", `Lakefront; Oceanfront; Riverfront; Waterfront; Water Front; Waterfront Y/N; Has Waterfront; On Waterfront`},
	{"NewConstructionYN", "New construction, yes or no", `New Construction; New Construction Y/N; New Home; Is New Construction`},
	{"SeniorCommunityYN", "Senior community, yes or no", `Senior Community; 55+; Age Restricted; Senior Community Y/N; Adult Community`},
	{"AssociationYN", "Association, yes or no", `HOAYN; HOA Y/N; HOA YN; Has HOA`},
	{"AssociationFee", "Association fee", `HOAFee; CAM Charge; Condo Charge; HOA/Month; HOA; HOA Fee; HOA Fees; Association Fee; HOA Dues; Monthly HOA; Condo Fee; Maintenance Fee; HOA Amount; Assoc Fee; Monthly HOA Fee`},
	{"AssociationFeeFrequency", "Association fee, how often", `HOAFeeFrequency; HOA Frequency; HOA Fee Frequency; Fee Frequency; HOA Paid`},
	{"TaxAnnualAmount", "Taxes a year", `Taxes; Tax Amount; Annual Taxes; Tax; Real Estate Taxes; Annual Tax; Taxes Annual; Tax Annual Amount; Total Taxes; Property Taxes; Property Tax`},
	{"PublicRemarks", "Description", `PropertyDescription; InternetRemarks; Remarks; Public Remarks; Description; Marketing Remarks; Listing Description; Property Description; Public Comments; Listing Remarks; Property Remarks; Advertising Remarks; SyndicationRemarks`},
	{fieldPhoto, "Photo address", `Photo URL; Image URL; Photo; Image; Photos; Images; Primary Photo; Picture URL; MediaURL; Photo Link; Img; Img Src; imgSrc; Main Photo; Photo URLs`},
	{"VirtualTourURLUnbranded", "Virtual tour", `Virtual Tour; Virtual Tour URL; Tour URL; Unbranded Tour; Virtual Tour Link; Unbranded Virtual Tour`},
	{"ListOfficeName", "Listing firm", `Agency Name; Listing Office; Listing Office Name; Brokerage; Office Name; List Office; Listing Firm; Listing Broker; Office; Broker; LO Name; List Office Name; Brokerage Name; Listing Agency; Listing Brokerage; Listed By; Courtesy Of; Firm`},
	{"ListOfficePhone", "Listing firm’s phone", `Agency Phone; Office Phone; Listing Office Phone; Brokerage Phone; List Office Phone; LO Phone`},
	{"ListOfficeKey", "Listing firm’s key", `ListOfficeMlsId; List Office ID; Office ID; Listing Office ID`},
	{"ListAgentFullName", "Listing agent", `Listing Agent; ListMemberFullName; List Agent; Listing Agent Name; List Agent Name; List Agent Full Name; LA Name; Agent Name; Listing Agent Full Name; Agent`},
	{"ListAgentKey", "Listing agent’s key", `ListMemberKey; ListAgentMlsId; ListMemberMlsld; List Agent ID; Listing Agent ID; Agent ID`},
	{"AttributionContact", "Contact for attribution", `Attribution Contact; Attribution; Listing Contact; Broker Attribution`},
	{"OriginatingSystemName", "MLS it comes from", `ProviderName; AuthoritativeSystem; Source; MLS Name; Source System; SourceSystemName; Source MLS; Originating System; Data Source; MLS Source`},
	{"ModificationTimestamp", "Last changed", `ModificationDateTime; DateTimeModified; ModDate; DateMod; UpdateDate; UpdateTimestamp; mod_timestamp; Last Modified; Last Updated; Updated; Modified; Last Update; Last Change Timestamp; Timestamp; Modification Date; Last Mod Date; Date Modified`},
	{"InternetAddressDisplayYN", "Address may be shown, yes or no", `Display Address; Address Display; Address On Internet; Display Address On Internet; Show Address; Internet Address Display`},
	{"InternetEntireListingDisplayYN", "Home may be shown, yes or no", `Display On Internet; Internet Display; Display Listing On Internet; Internet; Show On Internet; Internet Display YN; IDX; IDX Include`},
	{"ArchitecturalStyle", "Style", `Style; Dwelling Styles; House Style; Architecture; Architectural Style; Home Style; Styles; Bldg Style`},
	{"ConstructionMaterials", "Construction", `Extwall; Exterior Wall; Ext Wall; Construction; Siding; Exterior Material; Building Material; Exterior; ExtWalls`},
	{"RoomsTotal", "Rooms", `Nr_of_rms; Rooms; Total Rooms; # Rooms; Number of Rooms; Rooms Total; TotRms AbvGrd; Num Rooms; No of Rooms`},
	{"NumberOfUnitsTotal", "Units", `Units; Total Units; # Units; Number of Units; Num Units; No of Units`},
	{"FireplacesTotal", "Fireplaces", `Fireplaces Total; Fireplaces; # Fireplaces; Fireplace; Number of Fireplaces; Num Fireplaces`},
	{"Basement", "Basement", `Basement Type; Bsmt; Basement Description`},
	{"Heating", "Heating", `Heat; Heating Type; Heat Type; Heating/Fuel`},
	{"Cooling", "Cooling", `Air Conditioning; Cooling Type; AC; Central Air; A/C; Air`},
	{"View", "View", `Views; View Description`},
	{"ParkingFeatures", "Parking", `Parking; Parking Type; Garage/Parking; Parking Description; Garage Type; Garage Description`},
	{"LotFeatures", "Lot", `Lot Description; Lot Features`},
	{"Roof", "Roof", `Roof Type; Roofing`},
	{"Flooring", "Flooring", `Floor Covering; Flooring Type`},
	{"Appliances", "Appliances", `Equipment; Appliance`},
	{"InteriorFeatures", "Inside", `Interior; Interior Amenities`},
	{"ExteriorFeatures", "Outside", `Exterior Amenities`},
	{"WaterSource", "Water supply", `Water; Water Supply`},
	{"Sewer", "Sewer", `Sewer Type; Sewage`},
	{"Zoning", "Zoning", `Zone; MS Zoning; Zoning Code; Zone Code; Zone Dist`},
	{"MLSAreaMajor", "MLS area", `MarketingArea; MLSArea; MLS Area; Area Code; Market Area`},
	{"SpecialListingConditions", "Conditions of sale", `SaleType; REO; ShortSale; NoticeOfDefault; Foreclosure; Sale Type; Special Conditions; Sale Condition; Special Listing Conditions`},
	{"ListingTerms", "Terms", `Terms; Financing; Terms Considered; Listing Terms`},
	{"BuilderName", "Builder", `Builder; Builder Name`},
	{"ElementarySchool", "Elementary school", `Elementary School; Elem School; Grade School`},
	{"MiddleOrJuniorSchool", "Middle school", `Jr. High School; Middle School; Junior High; Middle/Junior School; Jr High`},
	{"HighSchool", "High school", `High School; HS; Sr High School`},
	{"HighSchoolDistrict", "School district", `SchoolDistrict; School District; District Schools; School Dist`},
	{"PetsAllowed", "Pets", `Pets; Pets Allowed; Pet Policy`},
	{"LeaseTerm", "Lease", `Lease Term; Term of Lease`},
	{"Furnished", "Furnished", `Furnishings; Furnished Y/N`},
	{"TaxYear", "Tax year", `Year of Tax; Tax Yr`},
}

// neverNames are the columns that clients may never see, and that are therefore never kept, whatever anybody maps them to.
var neverNames = func() map[string]bool {
	never := map[string]bool{}
	for name := range strings.SplitSeq(`PrivateRemarks; AgentRemarks; ConfidentialRemarks; Agent Notes; Broker Remarks; Realtor Remarks; Private Office Remarks; Office Remarks; Agent Only Remarks; Remarks Private; Private Comments; Agent to Agent Remarks;
		ShowingInstructions; ShowingRemarks; Showing Requirements; Showing Contact Name; Showing Contact Phone; ShowingPhone; Showing Info; Showing Notes; Appointment Phone;
		OwnerName; Owner Name; Owner; Owner Phone; Owner Email; Owner 1; Owner 2; Seller; Seller Name; Sellers; Seller 1; Grantor; Grantee; Buyer; Buyer Name; Purchaser;
		Ownr/Occ Name - DND2; Owner/Occ Phn - DND2; Occupant; Occupant Name; Occupant Phone; Occupant Type; Tenant; Tenant Name; Tenant Phone; Park Manager Name; Park Manager Phone;
		LockBoxLocation; LockBoxSerialNumber; LockBoxType; KeySafeLocation; KeySafeSerialNumber; KeySafeType; Lockbox; Lock Box; Lockbox Number; Lockbox Code; Lock Box Code; Lockbox #; Lockbox Serial; Key Box; Combo; Combo Code;
		AccessCode; Access Code; GateCode; Gate Code; Alarm Code; Alarm; Door Code; Key Location; Keys;
		BuyerBrokerageCompensation; SOComp; SellingOfficeCompensation; BuyerBrokerCompensation; SOC; Commission; BuyerAgencyCompensation; BuyerBrokerageCompensationType; SOCompType; SellingOfficeCompensationType; BuyerBrokerCompensationType; SOCType; CommissionType; BuyerAgencyCompensationType;
		SubAgencyCompensation; SubAgentCompensation; CoBrokerCompensation; SubAgencyCompensationType; SubAgentCompensationType; CoBrokerCompensationType; TransactionBrokerCompensation; TransactionBrokerCompensationType; LeaseRenewalCompensation;
		CompensationComments; Compensation; Comp; Dual Or Variable Rate Commission; DualOrVariableRateCommissionYN; Variable Commission; Commission Amount; Commission Percent; Buyer Agent Commission; BAC; Co-op Commission; Bonus; Referral Fee;
		Concessions; ConcessionsAmount; ConcessionsComments; Expiration Date; ExpirationDate; DateExpired; Listing Agreement; Security Deposit Held By`, ";") {
		never[fold(name)] = true
	}
	return never
}()

// FieldNames are what a column may be mapped to, in the order of a select; FieldWords says them in words.
var FieldNames = func() []string {
	var names []string
	for _, f := range fieldNames {
		names = append(names, f[0])
	}
	return names
}()

// FieldWords are what FieldNames are called.
var FieldWords = func() map[string]string {
	words := map[string]string{}
	for _, f := range fieldNames {
		words[f[0]] = f[1]
	}
	return words
}()

// columnNames is the folded name of a column to its field. RESO's own names go before synonyms.
var columnNames = func() map[string]string {
	names := map[string]string{}
	for _, f := range fieldNames {
		names[fold(f[0])] = f[0]
	}
	for _, f := range fieldNames {
		for name := range strings.SplitSeq(f[2], ";") {
			if name = fold(name); names[name] == "" {
				names[name] = f[0]
			}
		}
	}
	return names
}()

// fieldOf is what a column is by its name; empty: none that is kept.
func fieldOf(name string) string {
	if Never(name) {
		return ""
	}
	if field := columnNames[fold(strings.Replace(name, "#", " number", 1))]; field != "" { // Street # is no street
		return field
	}
	folded := fold(name)
	if field := columnNames[folded]; field != "" {
		return field
	}
	for _, system := range []string{"act", "mlg", "property", "listing", "l"} { // ACT_ListPrice, L_AskingPrice: a system's own prefix
		if rest, found := strings.CutPrefix(folded, system); found && len(rest) > 4 && !neverNames[rest] && columnNames[rest] != "" {
			return columnNames[rest]
		}
	}
	return ""
}

// Never says whether clients may never see this column, so that it can't be mapped at all.
func Never(name string) bool { return neverNames[fold(name)] }
