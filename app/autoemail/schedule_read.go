package autoemail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadSchedule reads the JSON of a row. It refuses what Check refuses, fields that no schedule has, and anything behind it.
func ReadSchedule(raw string) (Schedule, error) {
	var s Schedule
	d := json.NewDecoder(strings.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Schedule{}, fmt.Errorf("autoemail: schedule %.100q: %w", raw, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Schedule{}, fmt.Errorf("autoemail: schedule %.100q: there is something behind it", raw)
	}
	if err := s.Check(); err != nil {
		return Schedule{}, fmt.Errorf("autoemail: schedule %.100q: %w", raw, err)
	}
	return s, nil
}
