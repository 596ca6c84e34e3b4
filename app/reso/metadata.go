package reso

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Metadata is what a feed says it has: for each resource its fields and what can be expanded.
type Metadata struct {
	fields  map[string]map[string]bool
	expands map[string]map[string]bool
}

// Has says whether there is such a resource.
func (m *Metadata) Has(resource string) bool { return m.fields[resource] != nil }

// Known are those of fields that the resource has, in their order.
func (m *Metadata) Known(resource string, fields []string) []string {
	return slices.DeleteFunc(slices.Clone(fields), func(field string) bool { return !m.fields[resource][field] })
}

// Expands says whether a resource's records can bring another with them.
func (m *Metadata) Expands(resource, navigation string) bool { return m.expands[resource][navigation] }

// Metadata reads the feed's $metadata (EDMX). Faults: *Error, also where it can't be understood.
func (c *Client) Metadata(ctx context.Context) (*Metadata, error) {
	var m *Metadata
	err := c.ask(ctx, c.root.String()+"/$metadata", "application/xml", 0, func(_ *http.Response, b *body) error {
		b.record = maxAnswer
		var err error
		m, err = ReadMetadata(b)
		return err
	})
	return m, err
}

// ReadMetadata reads EDMX as leniently as it comes: whatever its namespaces, a resource is an entity set or, where there
// are none, an entity type of its name.
func ReadMetadata(r io.Reader) (*Metadata, error) {
	e := edmx{types: map[string]*entity{}, sets: map[string]string{}}
	decoder := xml.NewDecoder(r)
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if se := (*xml.SyntaxError)(nil); errors.As(err, &se) {
				return nil, &Error{Say: "The feed’s description of its fields can’t be read."}
			}
			return nil, cutOff(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			e.open(t)
		case xml.EndElement:
			if t.Name.Local == "EntityType" {
				e.present = nil
			}
		}
	}
	return e.metadata()
}

// entity is one entity type.
type entity struct {
	base            string
	fields, expands map[string]bool
}

type edmx struct {
	types   map[string]*entity // by name without namespace
	sets    map[string]string  // entity set to type
	present *entity
}

// most bounds what a description may name: DD 2.1 has 44 resources and 2,170 fields.
const most = 100_000

func (e *edmx) open(t xml.StartElement) {
	attribute := func(name string) string {
		for _, a := range t.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	last := func(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
	name := attribute("Name")
	switch t.Name.Local {
	case "EntityType":
		e.present = &entity{base: last(attribute("BaseType")), fields: map[string]bool{}, expands: map[string]bool{}}
		if len(e.types) < most {
			e.types[name] = e.present
		}
	case "Property":
		if e.present != nil && len(e.present.fields) < most {
			e.present.fields[name] = true
		}
	case "NavigationProperty":
		if e.present != nil && len(e.present.expands) < most {
			e.present.expands[name] = true
		}
	case "EntitySet":
		if len(e.sets) < most {
			e.sets[name] = last(attribute("EntityType"))
		}
	}
}

func (e *edmx) metadata() (*Metadata, error) {
	if len(e.types) == 0 {
		return nil, &Error{Say: "The feed’s description of its fields names none."}
	}
	if len(e.sets) == 0 {
		for name := range e.types {
			e.sets[name] = name
		}
	}
	m := &Metadata{map[string]map[string]bool{}, map[string]map[string]bool{}}
	for resource, name := range e.sets {
		fields, expands := map[string]bool{}, map[string]bool{}
		for depth := 0; e.types[name] != nil && depth < 10; depth++ {
			for field := range e.types[name].fields {
				fields[field] = true
			}
			for navigation := range e.types[name].expands {
				expands[navigation] = true
			}
			name = e.types[name].base
		}
		if len(fields) > 0 {
			m.fields[resource], m.expands[resource] = fields, expands
		}
	}
	return m, nil
}
