package mail_test

import (
	"strings"
	"testing"

	"porchlight/app/mail"
)

func TestSigningKey_is_the_same_after_keeping_and_knows_its_record(t *testing.T) {
	key, err := mail.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.Text()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := mail.ParseSigningKey(text)
	if err != nil || !kept.Equal(key.PrivateKey) || kept.Record() != key.Record() || kept.N.BitLen() != 2048 {
		t.Fatal(kept.N.BitLen(), err)
	}
	other, err := mail.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	record := key.Record()
	p := record[strings.Index(record, "p="):]
	for _, good := range []string{record, p, " k = rsa ; " + p + " ;", "v=DKIM1; t=s; s=email; h=sha1:sha256; n=Porchlight; " + p, "s=*;" + record[len("v=DKIM1;"):],
		record[:200] + " \r\n\t" + record[200:]} {
		if !key.Publishes(good) {
			t.Errorf("%q was not found good", good)
		}
	}
	for _, bad := range []string{"", "v=spf1 -all", "v=DKIM1; k=rsa; p=", other.Record(), "v=DKIM2; " + p, "k=ed25519; " + p, "h=sha1; " + p, "s=tlsrpt; " + p,
		"k=rsa; v=DKIM1; " + p, record + "; " + p, record[:300], `"` + record + `"`, strings.ReplaceAll(record, ";", `\;`)} {
		if key.Publishes(bad) {
			t.Errorf("%q was found good", bad)
		}
	}
}

func TestParseSigningKey_refuses_what_is_no_key(t *testing.T) {
	for _, text := range []string{"", "secret", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := mail.ParseSigningKey(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzSigningKey_Publishes(f *testing.F) {
	key, err := mail.NewSigningKey()
	if err != nil {
		f.Fatal(err)
	}
	p := strings.TrimPrefix(key.Record(), "v=DKIM1; k=rsa; p=")
	for _, seed := range []string{"v=DKIM1; p=KEY", ";;=;", "p=KEY;p=KEY", "v=DKIM1;h=;s=:;p=K E\tY"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, record string) {
		if key.Publishes(strings.ReplaceAll(record, "KEY", p)) && !strings.Contains(strings.Join(strings.Fields(record), ""), "p=KEY") {
			t.Errorf("%q", record)
		}
	})
}
