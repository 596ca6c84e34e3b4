package db

import (
	"context"
	"io/fs"
)

// MigrateFrom is Migrate with other migrations.
func (s *Store) MigrateFrom(ctx context.Context, from fs.FS) error { return s.migrate(ctx, from) }
