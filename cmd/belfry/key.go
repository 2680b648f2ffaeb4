package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/internal/token"
	"belfry/sqlite"
)

// keyring is how the key commands reach the keys: in the database of --database-url, or in
// the store's folder, also while a server holds it.
type keyring struct {
	env    environment
	cfg    config
	asJSON bool
}

func keyCommand(env environment) *cobra.Command {
	k := &keyring{env: env}
	cmd := &cobra.Command{
		Use: "key", Short: "Make, list and revoke the API keys of backends",
		Long: `Make, list and revoke the API keys of backends. The commands open the store
and work while a server runs on it; the server knows a change within ten
seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{belfry.Errorf(belfry.CodeInvalid, "what about keys? create, list or revoke")}
		},
	}
	cmd.AddCommand(k.createCommand(), k.listCommand(), k.revokeCommand())
	for _, sub := range cmd.Commands() {
		addDataFlag(sub)
		s := k.cfg.databaseSetting()
		sub.Flags().String(s.name, "", s.usage+" ($"+s.env()+")")
	}
	return cmd
}

// with opens the keys of the folder that is meant, for as long as f runs.
func (k *keyring) with(cmd *cobra.Command, f func(belfry.Keyring) error) error {
	s := k.cfg.databaseSetting()
	if _, err := s.load(cmd, k.env); err != nil {
		return usageError{err}
	}
	if k.cfg.databaseURL != "" {
		store, err := openStore(cmd.Context(), k.cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return errors.Join(f(store), store.Close())
	}
	ring, err := sqlite.OpenKeyring(dataFolder(cmd, k.env))
	if err != nil {
		return err
	}
	return errors.Join(f(ring), ring.Close())
}

func (k *keyring) createCommand() *cobra.Command {
	var name string
	var scopes []string
	cmd := &cobra.Command{
		Use: "create", Short: "Make an API key and print it, once",
		Example: `  belfry key create --name shop --scopes publish,tokens`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, key, err := token.NewKey(name, scopes, time.Now())
			if err != nil {
				return usageError{err}
			}
			err = k.with(cmd, func(ring belfry.Keyring) error { return ring.AddKey(cmd.Context(), key) })
			if err != nil {
				return err
			}
			if k.asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"id": key.ID, "key": text, "name": name, "scopes": scopes})
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "This is the only time the key is shown:")
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what the key is for")
	cmd.Flags().BoolVar(&k.asJSON, "json", false, `print {"id","key","name","scopes"}`)
	cmd.Flags().StringSliceVar(&scopes, "scopes", []string{token.ScopePublish, token.ScopeTokens, token.ScopeRead}, "what it may do, by comma, of "+strings.Join(token.Scopes, ", "))
	return cmd
}

func (k *keyring) listCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the API keys", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.with(cmd, func(ring belfry.Keyring) error { return k.list(cmd.Context(), ring, cmd.OutOrStdout()) })
		},
	}
	cmd.Flags().BoolVar(&k.asJSON, "json", false, "print JSON lines")
	return cmd
}

func (k *keyring) list(ctx context.Context, ring belfry.Keyring, out io.Writer) error {
	keys, err := ring.Keys(ctx)
	if err != nil {
		return err
	}
	if k.asJSON {
		enc := json.NewEncoder(out)
		for _, key := range keys {
			if err := enc.Encode(struct {
				ID        string      `json:"id"`
				Name      string      `json:"name"`
				Scopes    []string    `json:"scopes"`
				CreatedAt belfry.Time `json:"createdAt"`
				RevokedAt belfry.Time `json:"revokedAt,omitzero"`
			}{key.ID, key.Name, key.Scopes, key.CreatedAt, key.RevokedAt}); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tSCOPES\tCREATED\tREVOKED")
	for _, key := range keys {
		revoked := "-"
		if key.RevokedAt != 0 {
			revoked = key.RevokedAt.String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", key.ID, printable(key.Name), strings.Join(key.Scopes, ","), key.CreatedAt, revoked)
	}
	return table.Flush()
}

func (k *keyring) revokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End an API key for good", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := strings.TrimPrefix(args[0], token.KeyPrefix)
			id, _, _ = strings.Cut(id, "_")
			err := k.with(cmd, func(ring belfry.Keyring) error { return ring.RevokeKey(cmd.Context(), id) })
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "revoked; a running server refuses it within ten seconds")
			return nil
		},
	}
}
