package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// Backup writes a copy of the database in a folder to a file, as of one moment;
// a server may be running. It never overwrites: CodeConflict when the file is
// there. When it returns, the copy is on disk.
func Backup(ctx context.Context, dir, to string) error {
	if err := mustNotExist(to); err != nil {
		return err
	}
	path := filepath.Join(dir, fileName)
	c, err := connect(path, driver.OpenReadWrite)
	if err != nil {
		return cannotOpen(path, err)
	}
	defer c.Close()
	if version, err := c.check(path); err != nil {
		return err
	} else if version == 0 {
		return belfry.Errorf(belfry.CodeNotFound, "there is no Belfry database in %s", dir)
	}
	return c.copyTo(ctx, to)
}

// copyTo writes the database to a new file by way of a partial one, so that what
// has the name is whole.
func (c conn) copyTo(ctx context.Context, to string) error {
	partial := to + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(to, err)
	}
	defer os.Remove(partial)
	if err := touchFile(partial); err != nil {
		return cannotWrite(to, err)
	}
	c.SetInterrupt(ctx.Done())
	defer c.SetInterrupt(nil)
	if err := c.exec("VACUUM INTO ?", partial); err != nil {
		return cannotWrite(to, err)
	}
	if err := flush(partial); err != nil {
		return cannotWrite(to, err)
	}
	if err := mustNotExist(to); err != nil {
		return err
	}
	if err := os.Rename(partial, to); err != nil {
		return cannotWrite(to, err)
	}
	if err := flush(filepath.Dir(to)); err != nil {
		return cannotWrite(to, err)
	}
	return nil
}

// Restore puts a backup in place of the database of a folder that no server
// uses. The backup is checked from end to end first. A database that is there is
// replaced only with force: else CodeConflict.
func Restore(ctx context.Context, from, dir string, force bool) error {
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	path := filepath.Join(dir, fileName)
	if !force {
		if err := mustNotExist(path); err != nil {
			return err
		}
	}
	c, err := connect(from, driver.OpenReadWrite)
	if err != nil {
		return cannotOpen(from, err)
	}
	defer c.Close()
	if err := c.intact(ctx, from); err != nil {
		return err
	}
	restored := path + ".restored"
	if err := os.Remove(restored); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(restored, err)
	}
	if err := c.copyTo(ctx, restored); err != nil {
		return err
	}
	// The log beside the old file must not be applied to the new one.
	for _, old := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return cannotWrite(old, err)
		}
	}
	if err := os.Rename(restored, path); err != nil {
		return cannotWrite(path, err)
	}
	return flush(dir)
}

// intact says whether a file is a whole database of ours that this program can read.
func (c conn) intact(ctx context.Context, path string) error {
	version, err := c.check(path)
	if err != nil {
		return err
	}
	if version == 0 {
		return belfry.Errorf(belfry.CodeNotFound, "%s holds no Belfry database", path)
	}
	c.SetInterrupt(ctx.Done())
	defer c.SetInterrupt(nil)
	var verdict string
	if _, err := c.one("PRAGMA integrity_check(1)", nil, &verdict); err != nil {
		return cannotOpen(path, err)
	}
	if verdict != "ok" {
		return belfry.Errorf(belfry.CodeUnavailable, "%s is damaged (%s); take an older backup", path, verdict)
	}
	return nil
}

func mustNotExist(path string) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cannotWrite(path, err)
	}
	return belfry.Errorf(belfry.CodeConflict, "%s exists; it is not overwritten", path)
}

func cannotWrite(path string, err error) error {
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: path + " cannot be written: " + err.Error(), Err: err}
}

// flush has what was written to a file, or the names in a folder, put on disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
