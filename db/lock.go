package db

import (
	"fmt"
	"os"
	"syscall"
)

// Own makes this process the only one that serves this SQLite file: the locks that hold mail back live in its memory.
// Other processes may still add an agent or take a backup. On PostgreSQL it does nothing: there any number may serve.
func (s *Store) Own() error {
	if s.path == "" {
		return nil
	}
	lock, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("DATA_DIR: lock the database: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return fmt.Errorf("db: another Porchlight is already running on %s; stop it first", s.path)
	}
	s.lock = lock
	return nil
}
