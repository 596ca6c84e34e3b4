package feedtest

import (
	"bytes"
	"encoding/xml"
)

// edmx describes what is here, with the two namespaces that real servers use.
func (s *Server) edmx() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>` +
		`<Schema Namespace="org.reso.metadata" xmlns="http://docs.oasis-open.org/odata/ns/edm">`)
	for resource, key := range keys {
		if s.Missing[resource] {
			continue
		}
		b.WriteString(`<EntityType Name="` + resource + `"><Key><PropertyRef Name="` + key + `"/></Key>`)
		for _, field := range s.fields(resource) {
			b.WriteString(`<Property Name="`)
			_ = xml.EscapeText(&b, []byte(field))
			b.WriteString(`" Type="Edm.String"/>`)
		}
		if resource == "Property" && !s.NoExpand {
			b.WriteString(`<NavigationProperty Name="Media" Type="Collection(org.reso.metadata.Media)"/><NavigationProperty Name="OpenHouse" Type="Collection(org.reso.metadata.OpenHouse)"/>`)
		}
		b.WriteString(`</EntityType>`)
	}
	b.WriteString(`</Schema><Schema Namespace="here" xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityContainer Name="C">`)
	for resource := range keys {
		if !s.Missing[resource] {
			b.WriteString(`<EntitySet Name="` + resource + `" EntityType="org.reso.metadata.` + resource + `"/>`)
		}
	}
	b.WriteString(`</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`)
	return b.Bytes()
}
