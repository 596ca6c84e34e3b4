package listings

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Tiles is the server whose pictures lie under a map. The zero value is none: maps are then drawn from coordinates.
type Tiles struct {
	bun.BaseModel `bun:"table:map_tiles"`

	Template string `bun:"template"` // https://tiles.example.org/{z}/{x}/{y}.png; {r} may ask for sharper ones
	Credit   string `bun:"credit"`   // who made the map, in words: it stands on every one
}

// Host is where the pictures come from, as a Content-Security-Policy names it: https://tiles.example.org. Empty without
// a tile server.
func (t Tiles) Host() string {
	u, err := url.Parse(braces.ReplaceAllString(t.Template, "0"))
	if err != nil || t.Template == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Tile is the address of one picture: zoom 0 is the world in one, x counts eastward, y southward.
func (t Tiles) Tile(zoom, x, y int) string {
	return strings.NewReplacer("{z}", fmt.Sprint(zoom), "{x}", fmt.Sprint(x), "{y}", fmt.Sprint(y), "{r}", "").Replace(t.Template)
}

var (
	braces   = regexp.MustCompile(`\{[^}]*\}`)
	tileHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`)
)

// checked reads the template strictly: its host goes into a header of every page that has a map.
func (t Tiles) checked() (Tiles, error) {
	var form fault.Form
	t.Template, t.Credit = strings.TrimSpace(t.Template), line(t.Credit, mostLine)
	if t.Template == "" {
		return Tiles{}, nil
	}
	u, err := url.Parse(braces.ReplaceAllString(t.Template, "0"))
	switch {
	case len(t.Template) > 500:
		form.Add("template", "This address is too long.")
	case strings.Contains(t.Template, "{s}"):
		form.Add("template", "Leave {s}. out: one host is asked for all pictures, which is also faster today.")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !utf8.ValidString(t.Template) || strings.ContainsAny(t.Template, " \t\r\n\"'<>\\;"):
		form.Add("template", "Write an address like https://tiles.example.org/{z}/{x}/{y}.png.")
	case u.User != nil:
		form.Add("template", "Leave out the user name and password: everybody who sees a map would see them.")
	case !tileHost.MatchString(u.Host):
		form.Add("template", "The host may have only letters, digits, dots and hyphens, and a port.")
	case strings.Contains(strings.SplitN(t.Template, "/", 4)[2], "{"):
		form.Add("template", "Write the host without braces.")
	default:
		for _, part := range []string{"{z}", "{x}", "{y}"} {
			if !strings.Contains(t.Template, part) {
				form.Add("template", "%s is missing: it stands where the server expects the %s.", part, map[string]string{"{z}": "zoom", "{x}": "column", "{y}": "row"}[part])
			}
		}
		for _, part := range braces.FindAllString(t.Template, -1) {
			if part != "{z}" && part != "{x}" && part != "{y}" && part != "{r}" {
				form.Add("template", "%s is not known here. Use {z}, {x} and {y}, and {r} for sharper pictures.", part)
			}
		}
	}
	switch {
	case t.Credit == "":
		form.Add("credit", "Name who made the map, for example: © OpenStreetMap contributors.")
	case len([]rune(t.Credit)) > 200:
		form.Add("credit", "Make it 200 characters at most.")
	}
	return t, form.Err()
}

// LoadTiles returns the tile server, or the zero value without one.
func LoadTiles(ctx context.Context, db bun.IDB) (Tiles, error) {
	var t Tiles
	err := db.NewSelect().Model(&t).Where("id = 1").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Tiles{}, nil
	}
	if err != nil {
		return Tiles{}, fmt.Errorf("listings: load the tile server: %w", err)
	}
	return t, nil
}

// SaveTiles sets the tile server; an empty template takes it away. Faults: Invalid (template, credit).
func SaveTiles(ctx context.Context, db bun.IDB, t Tiles) (Tiles, error) {
	t, err := t.checked()
	if err != nil {
		return Tiles{}, err
	}
	if _, err := db.NewRaw("INSERT INTO map_tiles (id, template, credit) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET template = excluded.template, credit = excluded.credit", t.Template, t.Credit).Exec(ctx); err != nil {
		return Tiles{}, fmt.Errorf("listings: save the tile server: %w", err)
	}
	return t, nil
}
