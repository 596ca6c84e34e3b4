package main_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
)

func TestPasswordOfAFileWithAByteOrderMarkCanBeTyped(t *testing.T) {
	c := newCommand(t)
	file := filepath.Join(t.TempDir(), "password.txt")
	if err := os.WriteFile(file, []byte("\ufeffstaple battery horse\r\nsecond line\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := c.run("", "agent", "add", "--name", "Omar Diaz", "--email", "omar@elm.example", "--role", "agent", "--password-file", file); code != 0 {
		t.Fatal(errs)
	}
	store := c.open()
	defer store.Close()
	attempt := agents.Attempt{Email: "omar@elm.example", Password: "staple battery horse", IP: "192.0.2.1"}
	if _, err := agents.SignIn(t.Context(), store.Write, attempt, time.Now().UTC()); err != nil {
		t.Error(err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Run("takes everything to a new machine", func(t *testing.T) {
		c := newCommand(t)
		c.bring("Name,Email\nAmara Osei,amara@example.com\n")
		file := filepath.Join(t.TempDir(), "backup.db")
		if _, errs, code := c.run("", "backup", file); code != 0 {
			t.Fatal(errs)
		}
		there := command{t, filepath.Join(t.TempDir(), "new", "data")}
		if _, errs, code := there.run("", "restore", file); code != 0 {
			t.Fatal(errs)
		}
		if all := there.saved(); len(all) != 1 || all[0].Email != "amara@example.com" {
			t.Errorf("%v", all)
		}
	})

	t.Run("refuses a data folder without a database, and makes nothing", func(t *testing.T) {
		empty := t.TempDir()
		file := filepath.Join(t.TempDir(), "backup.db")
		for _, folder := range []string{empty, filepath.Join(empty, "mistyped")} {
			out, errs, code := command{t, folder}.run("", "backup", file)
			if code != 1 || out != "" || !strings.Contains(errs, "DATA_DIR: there is no Porchlight database in "+folder+"\n") || strings.Count(errs, "\n") != 1 {
				t.Errorf("%d %q %q", code, out, errs)
			}
		}
		if made, err := os.ReadDir(empty); err != nil || len(made) > 0 {
			t.Error("made:", made, err)
		}
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Error("wrote a backup:", err)
		}
	})
}
