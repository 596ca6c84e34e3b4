package agents

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// cost is OWASP's first choice for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing holds a place for each hash being computed: a flood of sign-ins waits here instead of eating the memory.
var hashing = make(chan struct{}, 2)

// leave gives up the place, and the 19 MiB at once: left to the collector they stay for minutes, on a server of 1 GB.
func leave() {
	<-hashing
	debug.FreeOSMemory()
}

// The limits of a password in characters (NIST SP 800-63B section 3.1.1.2: length counts, composition does not).
const (
	shortestPassword = 8
	longestPassword  = 256
)

// common are passwords of enough characters that everybody tries first.
var common = []string{
	"12345678", "123456789", "87654321", "password", "password1", "qwertyui", "qwerty123", "iloveyou", "sunshine", "football", "baseball", "princess", "welcome1", "letmein1",
	"0123456789", "1234567890", "12345678910", "1234567891", "9876543210", "0987654321", "123123123123", "123456789a", "123456789q",
	"1q2w3e4r5t", "1qaz2wsx3edc", "abcdefghij", "iloveyou123", "letmein123", "password10", "password12", "password123", "password1234",
	"password12345", "passwordpassword", "porchlight", "porchlight1", "qwertyuiop", "qwertyuiop1", "qwerty1234", "qwerty12345",
	"realestate", "realestate1", "welcome123", "changeme123",
}

// checkPassword says what is wrong with a password for this person.
func checkPassword(password, name, email string) error {
	count := utf8.RuneCountInString(password)
	if count < shortestPassword {
		return refuse("Use at least %d characters. A few words that only you would put together are best.", shortestPassword)
	}
	if count > longestPassword {
		return refuse("Use at most %d characters.", longestPassword)
	}
	folded := strings.ToLower(strings.Join(strings.Fields(password), ""))
	local, _, _ := strings.Cut(email, "@")
	for _, own := range []string{name, email, local} {
		if folded == strings.ToLower(strings.Join(strings.Fields(own), "")) {
			return refuse("Your name or e-mail address is the first thing a stranger tries. Choose something else.")
		}
	}
	if slices.Contains(common, folded) || strings.Trim(folded, firstRune(folded)) == "" {
		return refuse("This is one of the first passwords a stranger tries. Choose something else.")
	}
	return nil
}

func firstRune(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// hash makes what is stored of a password.
func hash(ctx context.Context, password string) (string, error) {
	select {
	case hashing <- struct{}{}:
		defer leave()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return argon2id.CreateHash(plain(password), cost)
}

// matches compares a password with a stored hash. An empty hash stands for somebody unknown: it takes as long and is
// never right.
func matches(ctx context.Context, password, stored string) (bool, error) {
	known := stored != "" && len(password) <= 4*longestPassword
	if !known {
		stored, password = nobody(), ""
	}
	select {
	case hashing <- struct{}{}:
		defer leave()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	same, err := argon2id.ComparePasswordAndHash(plain(password), stored)
	return same && known, err
}

// nobody is a hash of the same cost as everybody's.
var nobody = sync.OnceValue(func() string {
	stored, err := argon2id.CreateHash("nobody’s password", cost)
	if err != nil {
		panic(err) // crypto/rand ends the program before it fails
	}
	return stored
})

// plain is the password in the one form that every keyboard's spelling of it shares (NIST SP 800-63B section 3.1.1.2).
func plain(password string) string { return norm.NFKC.String(password) }
