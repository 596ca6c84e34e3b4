package web

// zoneOption is one time zone on offer.
type zoneOption struct {
	Name, Label string
	Chosen      bool
}

// usZones are the zones of the United States as people there call them. Arizona and Hawaii have no daylight saving.
var usZones = []zoneOption{
	{Name: "America/New_York", Label: "Eastern"},
	{Name: "America/Chicago", Label: "Central"},
	{Name: "America/Denver", Label: "Mountain"},
	{Name: "America/Phoenix", Label: "Arizona"},
	{Name: "America/Los_Angeles", Label: "Pacific"},
	{Name: "America/Anchorage", Label: "Alaska"},
	{Name: "Pacific/Honolulu", Label: "Hawaii"},
	{Name: "America/Puerto_Rico", Label: "Puerto Rico"},
	{Name: "Pacific/Guam", Label: "Guam"},
}

// zoneOptions are all zones on offer with the chosen one marked. A zone that is in neither list (an old name) is
// offered too, so that saving the form does not change it unasked.
func zoneOptions(chosen string) (us, world []zoneOption) {
	found := chosen == ""
	mark := func(o zoneOption) zoneOption {
		o.Chosen = o.Name == chosen
		found = found || o.Chosen
		return o
	}
	for _, o := range usZones {
		us = append(us, mark(o))
	}
	known := map[string]bool{}
	for _, o := range usZones {
		known[o.Name] = true
	}
	for _, name := range ianaZones {
		if !known[name] {
			world = append(world, mark(zoneOption{Name: name, Label: name}))
		}
	}
	if !found {
		world = append(world, zoneOption{Name: chosen, Label: chosen, Chosen: true})
	}
	return us, world
}
