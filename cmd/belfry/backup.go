package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"belfry/sqlite"
)

func backupCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Copy the database to a file, while a server runs or not",
		Long: `Copy the database, as of one moment, to a file that does not exist yet. A server
may be running. When the command returns, the copy is on disk and whole.`,
		Example: `  belfry backup --data /var/lib/belfry /backups/belfry-2026-01-02.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sqlite.Backup(cmd.Context(), dataFolder(cmd, env), args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), args[0])
			return err
		},
	}
	addDataFlag(cmd)
	return cmd
}

func restoreCommand(env environment) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in place of the database, while no server runs",
		Long: `Check a backup from end to end and put it in place. No server may run. Clients
that had seen more than the backup knows are told so at their next connect and
take a fresh snapshot.`,
		Example: `  belfry restore --data /var/lib/belfry /backups/belfry-2026-01-02.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := dataFolder(cmd, env)
			if err := sqlite.Restore(cmd.Context(), args[0], dir, force); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s stands in %s\n", args[0], dir)
			return nil
		},
	}
	addDataFlag(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "replace the database that is there")
	return cmd
}

// addDataFlag is for the commands that open the store themselves.
func addDataFlag(cmd *cobra.Command) {
	cmd.Flags().String("data", "", "folder of the database ($BELFRY_DATA, default "+production().data+")")
}

// dataFolder is the folder of --data, else of the environment, else the default.
func dataFolder(cmd *cobra.Command, env environment) string {
	if f := cmd.Flags().Lookup("data"); f.Changed {
		return f.Value.String()
	}
	if dir := env["BELFRY_DATA"]; dir != "" {
		return dir
	}
	return production().data
}
