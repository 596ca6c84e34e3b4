package feed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"porchlight/app/fault"
)

// Vault encrypts credentials with a key that lives in a file of the data folder, not in the database: who has only a
// backup of the database has none of them.
type Vault struct {
	seal cipher.AEAD
	name string // of the key, in front of what it encrypted
}

// keyFile is the key's name in the data folder.
const keyFile = "feeds.key"

// OpenVault reads the key file feeds.key in dir, or makes it the first time, for this user only.
func OpenVault(dir string) (*Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // with PostgreSQL nothing else may have made it yet
		return nil, fmt.Errorf("feed: vault: %w", err)
	}
	path := filepath.Join(dir, keyFile)
	key, err := readKey(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeKey(dir, path); err == nil {
			key, err = readKey(path)
		}
	}
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("feed: vault: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("feed: vault: %w", err)
	}
	sum := sha256.Sum256(append([]byte("porchlight feeds.key "), key...))
	return &Vault{seal: seal, name: hex.EncodeToString(sum[:4])}, nil
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("feed: vault: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, fmt.Errorf("feed: vault: others can read the key file: %w", err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("feed: vault: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("feed: %s is no key file: put back the one from your backup, or remove it and type the credentials of each feed again", path)
	}
	return key, nil
}

// makeKey writes a new key under another name first and links it: of two processes at once one makes the key, and no
// half of one is ever read.
func makeKey(dir, path string) error {
	file, err := os.CreateTemp(dir, keyFile+"-") // 0600
	if err != nil {
		return fmt.Errorf("feed: vault: %w", err)
	}
	defer os.Remove(file.Name())
	key := make([]byte, 32)
	if _, err = rand.Read(key); err == nil {
		_, err = file.WriteString(hex.EncodeToString(key) + "\n")
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("feed: vault: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("feed: vault: %w", err)
	}
	return nil
}

// secrets are what a feed must not show again.
type secrets struct {
	Secret  string            `json:"secret,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

func (s secrets) empty() bool { return s.Secret == "" && len(s.Headers) == 0 }

// lock encrypts secrets; none are an empty text.
func (v *Vault) lock(s secrets) (string, error) {
	if s.empty() {
		return "", nil
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("feed: vault: %w", err)
	}
	nonce := make([]byte, v.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("feed: vault: %w", err)
	}
	return v.name + ":" + base64.StdEncoding.EncodeToString(v.seal.Seal(nonce, nonce, plain, []byte(v.name))), nil
}

// unlock decrypts secrets. Faults: Conflict where another key encrypted them.
func (v *Vault) unlock(text string) (secrets, error) {
	var s secrets
	if text == "" {
		return s, nil
	}
	name, packed, _ := strings.Cut(text, ":")
	sealed, err := base64.StdEncoding.DecodeString(packed)
	if err == nil && name == v.name && len(sealed) > v.seal.NonceSize() {
		var plain []byte
		if plain, err = v.seal.Open(nil, sealed[:v.seal.NonceSize()], sealed[v.seal.NonceSize():], []byte(name)); err == nil && json.Unmarshal(plain, &s) == nil {
			return s, nil
		}
	}
	return secrets{}, fault.New(fault.Conflict, "The credentials of this feed can’t be read: the key file %s in the data folder is not the one they were encrypted with. Put that file back, or type the credentials again.", keyFile)
}
