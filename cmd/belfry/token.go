package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"belfry"
	"belfry/client"
)

func tokenCommand(env environment) *cobra.Command {
	var (
		r                  remote
		claims             client.Claims
		subscribe, publish []string
		asJSON             bool
	)
	ttl := time.Hour
	cmd := &cobra.Command{
		Use:   "token USER",
		Short: "Make a token by which a browser or device speaks for a user",
		Long: `Make a token by which a browser or device speaks for a user, and print it. The
API key needs the scope "tokens", and the server a token secret.`,
		Example: `  belfry token ann --ttl 1h
  belfry token ann --subscribe 'doc.*' --publish 'topic:doc.*'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, p := range subscribe {
				claims.Subscribe = append(claims.Subscribe, belfry.Pattern(p))
			}
			claims.Publish = publish
			c, err := r.connect(env)
			if err != nil {
				return err
			}
			t, err := c.Token(cmd.Context(), belfry.UserID(args[0]), ttl, claims)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(t)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), t.Token)
			return err
		},
	}
	r.addFlags(cmd)
	cmd.Flags().Var(duration(&ttl), "ttl", "how long it holds, such as 15m, 12h or 30d")
	cmd.Flags().StringSliceVar(&subscribe, "subscribe", nil, "topics the user may follow, with patterns, by comma")
	cmd.Flags().StringSliceVar(&publish, "publish", nil, "targets the user may publish and signal to, with patterns, by comma")
	cmd.Flags().StringVar(&claims.Name, "name", "", "the user's name, as others see it")
	cmd.Flags().BoolVar(&asJSON, "json", false, `print {"token","expiresAt"}`)
	return cmd
}
