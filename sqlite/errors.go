package sqlite

import (
	"errors"
	"time"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// asError turns whatever a database call returned into an *belfry.Error; errors
// that are one already pass.
func asError(err error) error {
	var e *belfry.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	away := func(detail string) error {
		return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail, RetryAfter: 5 * time.Second, Err: err}
	}
	switch code := driver.ErrCode(err); code.ToPrimary() {
	case driver.ResultFull:
		return away("the disk that holds the database is full; nothing was changed, free some space and try again")
	case driver.ResultReadOnly, driver.ResultPerm, driver.ResultCantOpen, driver.ResultAuth:
		return away("the database cannot be written; nothing was changed, check the permissions of the data folder")
	case driver.ResultIOErr:
		return away("the disk that holds the database reports an error; check it and try again")
	case driver.ResultBusy, driver.ResultLocked:
		return away("the database is held by another process; nothing was changed, try again")
	case driver.ResultCorrupt, driver.ResultNotADB:
		return away("the database file is damaged; restore a backup")
	case driver.ResultNoMem:
		return away("the database is out of memory; try again")
	}
	return &belfry.Error{Code: belfry.CodeInternal, Detail: "the store failed; the server's log says more", Err: err}
}

// isRefusal says that an operation found something wrong with itself, before it
// wrote anything: its neighbours go on.
func isRefusal(err error) bool {
	var e *belfry.Error
	return errors.As(err, &e)
}

// isAway says that the database takes no write from anybody, so that there is
// no point in trying the operations of a failed batch one by one.
func isAway(err error) bool { return belfry.ErrorCode(asError(err)) == belfry.CodeUnavailable }

func unavailable(detail string, retry time.Duration) error {
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail, RetryAfter: retry}
}
