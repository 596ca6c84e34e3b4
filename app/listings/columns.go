package listings

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// columns are a listing's, without its id, as the fields' tags name them; fields are their places in the struct.
var columns, fields = func() (names []string, at []int) {
	kind := reflect.TypeFor[Listing]()
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("bun"), ",")
		if name == "id" || strings.HasPrefix(name, "table:") {
			continue
		}
		names, at = append(names, name), append(at, i)
	}
	return names, at
}()

// values are a listing's columns as the database takes them and as two can be compared. Unknown is nil.
func values(l *Listing) []any {
	row := reflect.ValueOf(l).Elem()
	out := make([]any, len(fields))
	for i, at := range fields {
		switch field := row.Field(at); field.Kind() {
		case reflect.String:
			out[i] = field.String()
		case reflect.Bool:
			out[i] = field.Bool()
		case reflect.Int, reflect.Int64:
			out[i] = field.Int()
		case reflect.Pointer:
			switch value := field.Interface().(type) {
			case *int64:
				if value != nil {
					out[i] = *value
				}
			case *float64:
				if value != nil {
					out[i] = *value
				}
			}
		case reflect.Struct:
			if t := field.Interface().(time.Time); !t.IsZero() {
				out[i] = instant(t)
			}
		default:
			panic("listings: a column of kind " + field.Kind().String() + " at field " + strconv.Itoa(at))
		}
	}
	return out
}
