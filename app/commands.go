package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/db"
)

type agentCommand struct {
	Add      agentAddCommand      `cmd:"" help:"Add an agent; the password is asked for or read from a file."`
	Password agentPasswordCommand `cmd:"" help:"Set a new password for an agent who forgot theirs, and sign them out everywhere."`
}

type agentAddCommand struct {
	Name         string `required:"" help:"Full name."`
	Email        string `required:"" help:"The address to sign in with and to write from."`
	Role         string `required:"" enum:"agent,broker" help:"agent or broker."`
	PasswordFile string `help:"File whose first line is the password."`
}

// Run adds one agent; safe while Porchlight serves.
func (a *agentAddCommand) Run(ctx context.Context, s *settings) error {
	password, err := readPassword(a.PasswordFile)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	defer store.Close()
	added, err := agents.Add(ctx, store.Write, agents.New{Name: a.Name, Email: a.Email, Role: agents.Role(a.Role), Password: password, Unless: clients.NobodyHolds}, clock())
	if err != nil {
		return inWords(err)
	}
	fmt.Printf("%s <%s> can sign in as %s.\n", added.Name, added.Email, added.Role)
	return nil
}

type agentPasswordCommand struct {
	Email        string `required:"" help:"The address the agent signs in with."`
	PasswordFile string `help:"File whose first line is the new password."`
}

// Run sets the password; safe while Porchlight serves.
func (a *agentPasswordCommand) Run(ctx context.Context, s *settings) error {
	password, err := readPassword(a.PasswordFile)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	defer store.Close()
	agent, err := agents.ResetPassword(ctx, store.Write, a.Email, password)
	if err != nil {
		return inWords(err)
	}
	fmt.Printf("%s <%s> can sign in with the new password.\n", agent.Name, agent.Email)
	return nil
}

// readPassword reads the first line of a file, or asks.
func readPassword(name string) (string, error) {
	if name != "" {
		file, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("--password-file: %w", err)
		}
		defer file.Close()
		return firstLine(file)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return firstLine(os.Stdin)
	}
	fmt.Fprint(os.Stderr, "Password: ")
	typed, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(typed), err
}

// firstLine reads a secret. Editors on Windows begin a file with a byte order mark, which nobody can type when signing in.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r\n"), nil
}

// inWords lists what is wrong with each field in one line.
func inWords(err error) error {
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	var words []string
	for field, say := range f.Fields {
		words = append(words, field+": "+say)
	}
	slices.Sort(words)
	return errors.New(strings.Join(words, " "))
}

type backupCommand struct {
	File string `arg:"" help:"A file that does not exist yet."`
}

// Run copies the database. It makes none: a mistyped DATA_DIR would yield a backup of nothing.
func (b backupCommand) Run(ctx context.Context, s *settings) error {
	if s.DatabaseURL == "" {
		if _, err := os.Stat(s.databaseFile()); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("DATA_DIR: there is no Porchlight database in %s", s.DataDir)
		} else if err != nil {
			return fmt.Errorf("DATA_DIR: %w", err)
		}
	}
	store, err := openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Backup(ctx, b.File)
}

type restoreCommand struct {
	File string `arg:"" help:"A backup."`
}

// Run puts a backup in place.
func (r restoreCommand) Run(ctx context.Context, s *settings) error {
	if s.DatabaseURL != "" {
		return errors.New("a PostgreSQL database is restored with pg_restore")
	}
	return db.Restore(ctx, r.File, s.databaseFile())
}

// databaseFile is the SQLite database that db.Open opens.
func (s *settings) databaseFile() string { return filepath.Join(s.DataDir, "porchlight.db") }

type migrateCommand struct{}

// Run migrates and stops.
func (migrateCommand) Run(ctx context.Context, s *settings) error {
	store, err := openStore(ctx, s, true)
	if err != nil {
		return err
	}
	return store.Close()
}

type healthcheckCommand struct{}

// Run asks /readyz of the Porchlight that listens on LISTEN_ADDR.
func (healthcheckCommand) Run(ctx context.Context, s *settings) error {
	host, port, err := net.SplitHostPort(s.ListenAddr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: /readyz answered %d", answer.StatusCode)
	}
	return nil
}
