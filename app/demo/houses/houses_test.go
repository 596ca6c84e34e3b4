package houses_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"

	"porchlight/app/demo/houses"
)

var kinds = []houses.Kind{
	houses.Colonial, houses.Cape, houses.Saltbox, houses.Ranch, houses.Victorian, houses.Farmhouse, houses.Contemporary, houses.Cottage,
	houses.Townhouse, houses.Condo, houses.Lot,
}

var views = map[string]func(houses.House) []byte{
	"front": houses.Front, "kitchen": houses.Kitchen, "living": houses.Living, "bedroom": houses.Bedroom, "garden": houses.Garden, "water": houses.Water,
}

func TestEveryDrawingIsWellFormedHarmlessAndAlwaysTheSame(t *testing.T) {
	for _, kind := range kinds {
		for seed := range uint64(4) {
			h := houses.House{Kind: kind, Seed: seed, Garage: int(seed % 3), Water: seed%2 == 0, Pool: seed%4 == 1, New: seed%5 == 0}
			for name, draw := range views {
				svg := draw(h)
				if !bytes.Equal(svg, draw(h)) {
					t.Errorf("%s %d %s: twice is not the same", kind, seed, name)
				}
				if err := wellFormed(svg); err != nil {
					t.Errorf("%s %d %s: %v", kind, seed, name, err)
				}
				for _, bad := range []string{"<script", "href", "NaN", "Inf", "%!", "onload", "<style"} {
					if bytes.Contains(svg, []byte(bad)) {
						t.Errorf("%s %d %s has %q in it", kind, seed, name, bad)
					}
				}
			}
		}
	}
}

func TestHousesOfOneKindDiffer(t *testing.T) {
	for _, kind := range kinds {
		if bytes.Equal(houses.Front(houses.House{Kind: kind, Seed: 1}), houses.Front(houses.House{Kind: kind, Seed: 2})) {
			t.Errorf("two of kind %s look the same", kind)
		}
	}
}

func wellFormed(svg []byte) error {
	for decoder := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
