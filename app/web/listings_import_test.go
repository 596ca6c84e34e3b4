package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
)

const (
	homesURL     = "/listings/import"
	homesFileURL = "/listings/import/file"
)

// UploadHomes submits the import form for homes with a file.
func (b *browser) UploadHomes(name, content string) reply {
	b.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, homesURL, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// previewHomes uploads a file and opens what follows.
func (b *browser) previewHomes(name, content string) reply {
	b.h.t.Helper()
	b.UploadHomes(name, content).wants(b.h.t, http.StatusSeeOther)
	return b.settledHomes()
}

// settledHomes is the file's page once nobody works on it any more.
func (b *browser) settledHomes() reply {
	b.h.t.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		answer := b.Get(homesFileURL)
		if !strings.Contains(answer.Body, "every 1s") {
			return answer
		}
		if time.Now().After(end) {
			b.h.t.Fatal("still at work after five minutes")
		}
	}
}

// importHomes presses the button on the preview.
func (b *browser) importHomes(preview reply, pairs ...string) reply {
	b.h.t.Helper()
	b.Post(homesFileURL, append([]string{"key", preview.hidden(b.h.t, "key"), "do", "import"}, pairs...)...).wants(b.h.t, http.StatusSeeOther)
	return b.settledHomes()
}

// ask is one line of the database.
func (h *house) ask(sql string) string {
	h.t.Helper()
	var line string
	if err := h.store.Read.QueryRowContext(h.t.Context(), sql).Scan(&line); err != nil {
		h.t.Fatal(err)
	}
	return line
}

const twoHomes = "Elm Realty\n\nMLS#,Address,City,Price,Beds,Agent Remarks,Quirk\n1,12 <b>Elm</b> St,Mystic,\"$450,000\",3,SECRET,odd\n2,9 Oak Ln,Noank,380000,many,SECRET,\n"

func TestImportHomes(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	b.Get(homesURL).wants(t, http.StatusOK, "Import homes", `enctype="multipart/form-data"`)
	b.Get(homesFileURL).wants(t, http.StatusOK, "No file is waiting here")

	preview := b.previewHomes("homes.csv", twoHomes)
	preview.wants(t, http.StatusOK, "Preview", "homes.csv", "12 &lt;b&gt;Elm&lt;/b&gt; St", "Import 2 homes</button>", "$830,000", "Never kept: not for clients", "line 5", "“many” is no number", `<option value="UnparsedAddress" selected>Address</option>`)
	preview.lacks(t, "SECRET", "<b>Elm")
	if n := h.ask("SELECT count(*) FROM listings"); n != "0" {
		t.Errorf("%s homes before anybody said so", n)
	}

	done := b.importHomes(preview)
	done.wants(t, http.StatusOK, "Imported 2 homes", `<b class="num">2</b>new`, "$830,000", `href="/listings"`, "“many” is no number")
	if got := h.ask("SELECT count(*) || ' ' || CAST(sum(list_price) / 100 AS BIGINT) FROM listings WHERE standard_status = 'Active'"); got != "2 830000" {
		t.Error(got)
	}
	b.Post(homesFileURL, "key", preview.hidden(t, "key"), "do", "import").wants(t, http.StatusSeeOther)
	again := b.importHomes(b.previewHomes("homes.csv", twoHomes))
	again.wants(t, http.StatusOK, `<b class="num">0</b>new`, `<b class="num">0</b>changed`, `<b class="num">2</b>as before`)
}

func TestImportHomesWithOtherColumns(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	preview := b.previewHomes("odd.csv", "where,what,Owner\n12 Elm St,450000,SECRET\n")
	preview.wants(t, http.StatusOK, "No row of this file can come in as it is read now")
	key := preview.hidden(t, "key")
	choice := []string{"key", key, "columns", "1", "column-0", "UnparsedAddress", "column-1", "Price", "status", "Closed"}

	b.Post(homesFileURL, append(choice, "do", "import")...).wants(t, http.StatusSeeOther)
	looked := b.settledHomes()
	looked.wants(t, http.StatusOK, "12 Elm St", "$450,000", "Import 1 home</button>", `<option value="Closed" selected>`)
	if n := h.ask("SELECT count(*) FROM listings"); n != "0" {
		t.Errorf("%s homes came in as nobody had seen them", n)
	}
	part := b.HTMX().Post(homesFileURL, append(slices.Clone(choice[:len(choice)-2]), "status", "Active")...)
	part.wants(t, http.StatusOK, `id="homes-read"`, "You chose otherwise")
	part.lacks(t, "<html")
	b.Post(homesFileURL, append(choice, "do", "look")...).wants(t, http.StatusSeeOther)
	b.importHomes(b.settledHomes(), choice[2:]...).wants(t, http.StatusOK, "Imported 1 home")
	if got := h.ask("SELECT standard_status || ' ' || unparsed_address || ' ' || list_price || ' ' || close_price FROM listings"); got != "Closed 12 Elm St 45000000 45000000" {
		t.Error(got)
	}

	preview = b.previewHomes("odd.csv", "where,what,Owner\n12 Elm St,450000,SECRET\n")
	b.Post(homesFileURL, "key", key, "do", "import").wants(t, http.StatusConflict, "You chose another file")
	b.Post(homesFileURL, "key", preview.hidden(t, "key"), "columns", "1", "column-0", "OwnerName").wants(t, http.StatusUnprocessableEntity)
	b.Post(homesFileURL, "key", preview.hidden(t, "key"), "status", "Delete").wants(t, http.StatusUnprocessableEntity)
}

func TestImportHomesRefusesWhatItCannotRead(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	for content, say := range map[string]string{
		"":                        "There are no homes in this file.",
		"PK\x03\x04":              "no CSV or JSON file",
		`{"value":[{"ListingKey"`: "ends in the middle",
		"<html>":                  "web page",
	} {
		b.UploadHomes("x.csv", content).wants(t, http.StatusUnprocessableEntity, say, `id="file-why"`)
	}
	b.Post(homesURL).wants(t, http.StatusUnprocessableEntity, "Choose a file.")
	b.Get(homesFileURL).wants(t, http.StatusOK, "No file is waiting here")
}

func TestOnlyBrokersImportHomes(t *testing.T) {
	h := open(t)
	h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	omar := h.as(h.hire("Omar Reyes", "omar@elmharbor.example", agents.RoleAgent))
	omar.Get(homesURL).wants(t, http.StatusForbidden)
	omar.UploadHomes("homes.csv", twoHomes).wants(t, http.StatusForbidden)
	h.visitor().UploadHomes("homes.csv", twoHomes).wants(t, http.StatusSeeOther)
}

func TestLargeUploadsAreForBrokersAndHomesAlone(t *testing.T) {
	h := open(t)
	maya := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	omar := h.as(h.hire("Omar Reyes", "omar@elmharbor.example", agents.RoleAgent))
	large := "MLS#,Address,Price\n" + strings.Repeat("7,12 Elm St,450000\n", 200_000) // 3.8 MB
	maya.UploadHomes("large.csv", large).wants(t, http.StatusSeeOther)
	address := h.serve()
	for name, one := range map[string]struct {
		b    *browser
		path string
		size int
	}{
		"an agent":             {omar, homesURL, 2 << 20},
		"a visitor":            {h.visitor(), homesURL, 2 << 20},
		"a broker's clients":   {maya, importURL, 2 << 20},
		"a broker, and beyond": {maya, homesURL, 70 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			cookies := ""
			for name, value := range one.b.cookies {
				cookies += name + "=" + value + "; "
			}
			fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: porchlight.test\r\nCookie: %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n", one.path, cookies, one.size)
			if err := connection.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil {
				t.Fatal("not refused at the sight of its length: ", err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusRequestEntityTooLarge {
				t.Error(answer.Status)
			}
		})
	}
}

func TestImportHomesInTheBackground(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	var many strings.Builder
	many.WriteString("MLS#,Address,Price\n")
	for i := range 3000 {
		fmt.Fprintf(&many, "%d,%d Elm St,450000\n", i, i)
	}
	many.WriteString("x,1 Elm St,-5\n")
	done := b.importHomes(b.previewHomes("many.csv", many.String()))
	done.wants(t, http.StatusOK, "Imported 3,001 homes", "less than nothing")
	if err := h.server.Shutdown(t.Context()); err != nil { // which waits for the work, the notice too
		t.Fatal(err)
	}
	notices, err := agents.Notices(t.Context(), h.store.Read, maya.ID, true, 10)
	if err != nil || len(notices) != 1 || notices[0].Title != "Imported 3,001 homes" || !strings.Contains(notices[0].Body, "3,001 new") || !strings.Contains(notices[0].Body, "line 3002, Price: -5 is less than nothing") {
		t.Errorf("%+v %v", notices, err)
	}
}

func TestImportHomesThatFails(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	preview := b.previewHomes("homes.csv", twoHomes)
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE listing_texts RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	failed := b.importHomes(preview)
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE away RENAME TO listing_texts"); err != nil {
		t.Fatal(err)
	}
	failed.wants(t, http.StatusOK, "No home was brought in.", "homes.csv")
	if n := h.ask("SELECT count(*) FROM listings"); n != "0" {
		t.Errorf("%s homes", n)
	}
	b.importHomes(b.previewHomes("homes.csv", twoHomes)).wants(t, http.StatusOK, "Imported 2 homes")
}

func TestImportHomesFromKingCounty(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "listings", "kc_house_data.csv"))
	if err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	preview := b.previewHomes("kc_house_data.csv", string(raw))
	preview.wants(t, http.StatusOK, "Import 21,613 homes</button>", "$11,672,925,008", "33 bedrooms")
	b.importHomes(preview, "status", "").wants(t, http.StatusOK, "Imported 21,613 homes", "$11,672,925,008")
	if got := h.ask("SELECT count(*) || ' ' || CAST(sum(list_price) / 100 AS BIGINT) FROM listings"); got != "21613 11672925008" {
		t.Error(got)
	}
}
