package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// count asks the command's database one number.
func (c command) count(sql string) string {
	c.t.Helper()
	store := c.open()
	defer store.Close()
	var n int64
	if err := store.Read.QueryRowContext(c.t.Context(), sql).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprint(n)
}

func TestImportListings(t *testing.T) {
	const homes = "MLS#,Address,City,Price,Beds\n1,12 Elm St,Mystic,\"$450,000\",3\n2,9 Oak Ln,Noank,380000,\x1bmany\n\nTotal\n"

	t.Run("brings homes in, lists what could not be taken, and sums up", func(t *testing.T) {
		c := newCommand(t)
		out, errs, code := c.run(homes, "import", "listings", "-")
		want := "line 3, Beds: “many” is no number; it is left out.\n" +
			"line 5: This line is a remark, not a home. Not taken.\n" +
			"Rows: 2. Added: 2. Changed: 0. Not taken: 0. Sum of prices: $830,000.\n"
		if code != 0 || out != want || !strings.Contains(errs, "homes so far: 2\n") {
			t.Errorf("%d\n%s\n%s", code, out, errs)
		}
		if got := c.count("SELECT sum(list_price) / 100 FROM listings WHERE standard_status = 'Active'"); got != "830000" {
			t.Error(got)
		}
		file := filepath.Join(t.TempDir(), "again.csv")
		if err := os.WriteFile(file, []byte(strings.Replace(homes, "380000", "370000", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, code = c.run("", "import", "listings", file, "--status", "Closed")
		if code != 0 || !strings.Contains(out, "Rows: 2. Added: 0. Changed: 2. Not taken: 0. Sum of prices: $820,000.\n") {
			t.Errorf("%d %s", code, out)
		}
		if got := c.count("SELECT sum(close_price) / 100 FROM listings WHERE standard_status = 'Closed'"); got != "820000" {
			t.Error(got)
		}
	})

	t.Run("tries without changing anything", func(t *testing.T) {
		c := newCommand(t)
		out, _, code := c.run(homes+"3,,,,\n", "import", "listings", "-", "--dry-run")
		if code != 0 || !strings.HasPrefix(out, "column MLS#: ListingId\ncolumn Address: UnparsedAddress\n") || !strings.HasSuffix(out, "Nothing was changed. Rows: 3. Not taken: 0. Sum of prices: $830,000.\n") {
			t.Errorf("%d %s", code, out)
		}
		if got := c.count("SELECT count(*) FROM listings"); got != "0" {
			t.Error(got)
		}
	})

	t.Run("says in one line what is wrong and brings nothing in", func(t *testing.T) {
		c := newCommand(t)
		for say, one := range map[string]struct {
			text string
			args []string
		}{
			"There are no homes in this file.":         {"", []string{"-"}},
			"no CSV or JSON file":                      {"PK\x03\x04", []string{"-"}},
			"ends in the middle":                       {`{"value":[{"ListingKey":"1"},`, []string{"-"}},
			"none of the 2 rows could be taken":        {"a,b\n1,2\n3,4\n", []string{"-"}},
			"no such file":                             {"", []string{"nowhere.csv"}},
			"is a folder":                              {"", []string{t.TempDir()}},
			"only an address of a RESO Web API takes":  {"", []string{"-", "--token-file", "x"}},
			"only a file can be tried":                 {"", []string{"https://x.example", "--dry-run"}},
			"a RESO Web API says itself":               {"", []string{"https://x.example", "--status", "Closed"}},
			"--status must be one of":                  {"", []string{"-", "--status", "Sold"}},
			"--token-file: open nowhere: no such file": {"", []string{"https://x.example", "--token-file", "nowhere"}},
		} {
			_, errs, code := c.run(one.text, append([]string{"import", "listings"}, one.args...)...)
			if code != 1 || !strings.Contains(errs, say) {
				t.Errorf("%s: %d %q", say, code, errs)
			}
		}
		if got := c.count("SELECT count(*) FROM listings"); got != "0" {
			t.Error(got)
		}
	})

	t.Run("walks a RESO Web API", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer a-token" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if !strings.HasSuffix(r.URL.Path, "/Property") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"value":[{"ListingKey":"1","ListPrice":450000,"StandardStatus":"Active","City":"Mystic","ModificationTimestamp":"2026-11-20T10:00:00Z"},{"ListingKey":"2","ListPrice":"380000.00","StandardStatus":"Pending","ModificationTimestamp":"2026-11-20T10:00:00Z"}]}`)
		}))
		defer server.Close()
		c := newCommand(t)
		token := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(token, []byte("a-token\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Rows: 2. Added: 2. Changed: 0. Gone: 0. Homes from there: 2. Sum of prices: $830,000.\n", "Added: 0. Changed: 0. Gone: 0. Homes from there: 2. Sum of prices: $830,000.\n"} {
			out, errs, code := c.run("", "import", "listings", server.URL+"/odata/Property", "--token-file", token)
			if code != 0 || !strings.HasSuffix(out, want) {
				t.Errorf("%d\n%s\n%s", code, out, errs)
			}
		}
		if out, errs, code := c.run("", "import", "listings", server.URL+"/odata"); code != 1 || strings.Contains(out+errs, "a-token") {
			t.Errorf("%d %s %s", code, out, errs)
		}
	})
}

func TestImportListingsFromRealFiles(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "data", "listings")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	c := newCommand(t)
	for _, one := range [][2]string{
		{"kc_house_data.csv", "Rows: 21613. Added: 21613. Changed: 0. Not taken: 0. Sum of prices: $11,672,925,008.\n"},
		{"milwaukee/2019-property-sales-data.csv", "Rows: 6210. Added: 6210. Changed: 0. Not taken: 0. Sum of prices: $1,671,526,275.\n"},
		{"sacramento_modeldata_932.csv", "Rows: 932. Added: 932. Changed: 0. Not taken: 0. Sum of prices: $229,888,596.\n"},
	} {
		out, errs, code := c.run("", "import", "listings", filepath.Join(folder, one[0]))
		if code != 0 || !strings.HasSuffix(out, one[1]) {
			t.Errorf("%s: %d\n%s\n%s", one[0], code, out[max(0, len(out)-300):], errs[max(0, len(errs)-300):])
		}
	}
	if got := c.count("SELECT sum(list_price) / 100 FROM listings"); got != fmt.Sprint(11672925008+1671526275+229888596) {
		t.Error(got)
	}
}
