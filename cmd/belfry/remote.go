package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/client"
)

// remote is how a command reaches a server.
type remote struct {
	url, key string
}

func (r *remote) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "address of the server ($BELFRY_URL)")
	cmd.Flags().StringVar(&r.key, "key", "", "API key ($BELFRY_API_KEY, $BELFRY_API_KEY_FILE)")
}

// connect makes a client of the flags, the environment, or what a running
// belfry dev left to be found.
func (r *remote) connect(env environment) (*client.Client, error) {
	url, key := cmp.Or(r.url, env["BELFRY_URL"]), cmp.Or(r.key, env["BELFRY_API_KEY"])
	if file := env["BELFRY_API_KEY_FILE"]; key == "" && file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, usageError{belfry.Errorf(belfry.CodeInvalid, "$BELFRY_API_KEY_FILE: %s", err)}
		}
		key = strings.TrimSpace(string(b))
	}
	if url == "" || key == "" {
		dev, err := readBeacon(env)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case url == "" || url == dev.URL:
			url, key = dev.URL, cmp.Or(key, dev.Key)
		}
	}
	if url == "" {
		return nil, usageError{belfry.Errorf(belfry.CodeInvalid, "which server? Give --url or $BELFRY_URL, or start belfry dev")}
	}
	if key == "" {
		return nil, usageError{belfry.Errorf(belfry.CodeInvalid, "an API key is needed: --key or $BELFRY_API_KEY; belfry key create makes one")}
	}
	c, err := client.New(client.Config{URL: url, Key: key})
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// beacon is how the commands find a running belfry dev: a file that only its
// user can read, there for as long as the server runs.
type beacon struct {
	URL string `json:"url"`
	Key string `json:"key"`
}

// beaconPath is below the user's runtime folder, else their configuration.
func beaconPath(env environment) (string, error) {
	dir := cmp.Or(env["XDG_RUNTIME_DIR"], env["XDG_CONFIG_HOME"])
	if dir == "" && env["HOME"] != "" {
		dir = filepath.Join(env["HOME"], ".config")
	}
	if dir == "" {
		return "", fs.ErrNotExist
	}
	return filepath.Join(dir, "belfry", "dev.json"), nil
}

func readBeacon(env environment) (b beacon, err error) {
	path, err := beaconPath(env)
	if err != nil {
		return b, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(text, &b)
}

// light writes the beacon. The file appears whole: a command that looks while
// it is written finds the one before or none.
func (b beacon) light(env environment) error {
	path, err := beaconPath(env)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "dev-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// quench removes the beacon, unless another belfry dev lit its own since.
func (b beacon) quench(env environment) error {
	now, err := readBeacon(env)
	if errors.Is(err, fs.ErrNotExist) || err == nil && now != b {
		return nil
	}
	if err != nil {
		return err
	}
	path, err := beaconPath(env)
	if err != nil {
		return err
	}
	return os.Remove(path)
}
