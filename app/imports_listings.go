package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/db"
)

type importListingsCommand struct {
	Status    string `enum:",Active,Closed" default:"" help:"Active or Closed: what homes are taken for where no column says so. Empty: Closed where there is a day of sale or a price paid, else Active."`
	TokenFile string `help:"With an address: file whose first line is the bearer token."`
	DryRun    bool   `help:"With a file: say what would happen and change nothing."`
	From      string `arg:"" name:"file-or-url" help:"CSV or RESO Common Format (JSON), 200 MB at most; - reads the standard input. Or https://…/, the root of a RESO Web API or its Property."`
}

// Run brings homes in; safe while Porchlight serves. What can't be taken goes to the standard output, a line each; the
// progress does not. Nothing is half done: of a file all homes come in or none; a walk that broke off goes on when it is
// started again.
func (i *importListingsCommand) Run(ctx context.Context, s *settings) error {
	if lower := strings.ToLower(i.From); strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") {
		return i.walk(ctx, s)
	}
	if i.TokenFile != "" {
		return errors.New("--token-file: only an address of a RESO Web API takes a token")
	}
	file, name, err := i.open()
	if err != nil {
		return err
	}
	defer file.Close()
	if i.DryRun {
		return i.try(ctx, file, name)
	}
	store, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	defer store.Close()
	done, err := feed.Import(ctx, store.Write, file, name, nil, listings.Status(i.Status), homesProgress(), clock())
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped; nothing was brought in")
		}
		return inWords(err)
	}
	tellProblems(done.Told, done.Trouble)
	if done.Refused == done.Seen {
		return fmt.Errorf("none of the %d rows could be taken", done.Seen)
	}
	fmt.Printf("Rows: %d. Added: %d. Changed: %d. Not taken: %d.%s Sum of prices: %s.\n", done.Seen, done.Added, done.Changed, done.Refused, heldWords(done.Held), listings.Money(done.Prices))
	return nil
}

// try reads the file to its end and says what an import would meet.
func (i *importListingsCommand) try(ctx context.Context, file io.ReadSeeker, name string) error {
	f, err := feed.Inspect(ctx, file, name, nil, listings.Status(i.Status))
	if err != nil {
		return inWords(err)
	}
	for n, column := range f.Header {
		taken := "left out"
		if field := f.Columns[n]; field != "" {
			taken = field
		}
		fmt.Printf("column %s: %s\n", plain(column), taken)
	}
	tellProblems(f.Problems, f.Trouble)
	if f.Refused == f.Rows {
		return fmt.Errorf("none of the %d rows could be taken", f.Rows)
	}
	fmt.Printf("Nothing was changed. Rows: %d. Not taken: %d. Sum of prices: %s.\n", f.Rows, f.Refused, listings.Money(f.Prices))
	return nil
}

// open opens the file; what can't be read twice is copied first.
func (i *importListingsCommand) open() (file *os.File, name string, err error) {
	file, name = os.Stdin, "standard input"
	if i.From != "-" {
		if file, err = os.Open(i.From); err != nil {
			return nil, "", err
		}
		name = filepath.Base(i.From)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, "", err
	}
	if info.IsDir() {
		_ = file.Close()
		return nil, "", fmt.Errorf("%s is a folder", name)
	}
	if info.Mode().IsRegular() && i.From != "-" {
		return file, name, nil
	}
	defer file.Close()
	file, err = feed.Spool(file)
	return file, name, err
}

func (i *importListingsCommand) walk(ctx context.Context, s *settings) error {
	if i.DryRun {
		return errors.New("--dry-run: only a file can be tried")
	}
	if i.Status != "" {
		return errors.New("--status: a RESO Web API says itself what its homes are")
	}
	token := ""
	if i.TokenFile != "" {
		file, err := os.Open(i.TokenFile)
		if err != nil {
			return fmt.Errorf("--token-file: %w", err)
		}
		defer file.Close()
		if token, err = firstLine(file); err != nil {
			return fmt.Errorf("--token-file: %w", err)
		}
	}
	level, err := s.level()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	defer store.Close()
	o := feed.RunnerOptions{
		Write: store.Write, Read: store.Read, SkipLocked: store.SkipLocked, Clock: clock,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: max(level, slog.LevelWarn)})),
	}
	tell := homesProgress()
	run, err := feed.WalkURL(ctx, o, i.From, token, func(run feed.Run) { tell(run.Seen) })
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped; the homes read so far are in, and the same command goes on")
		}
		if run.Say != "" {
			return errors.New(run.Say)
		}
		return inWords(err)
	}
	return tellWalk(ctx, store, run)
}

func tellWalk(ctx context.Context, store *db.Store, run feed.Run) error {
	problems, err := run.Told()
	if err != nil {
		return err
	}
	tellProblems(problems, len(problems))
	homes, cents, err := feed.Prices(ctx, store.Read, run.FeedID)
	if err != nil {
		return err
	}
	if run.Seen == 0 {
		return errors.New("the feed named no homes")
	}
	fmt.Printf("Rows: %d. Added: %d. Changed: %d. Gone: %d.%s Homes from there: %d. Sum of prices: %s.\n", run.Seen, run.Added, run.Changed, run.Gone, heldWords(run.Held), homes, listings.Money(cents))
	return nil
}

func heldWords(held int) string {
	if held == 0 {
		return ""
	}
	return fmt.Sprintf(" Waiting for a person to look at: %d.", held)
}

// tellProblems lists what could not be taken, a line each.
func tellProblems(problems []feed.Problem, all int) {
	for _, p := range problems {
		fmt.Println(plain(p.Words()))
	}
	if more := all - len(problems); more > 0 {
		fmt.Printf("and %d more\n", more)
	}
}

// homesProgress tells the standard error how far the import is, a few times a second at most.
func homesProgress() func(int) {
	var last time.Time
	return func(n int) {
		if time.Since(last) < 300*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(os.Stderr, "homes so far: %d\n", n)
	}
}
