package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"belfry"
	"belfry/client"
)

// A backend publishes. The retry and its idempotency key are the client's
// affair.
func ExampleClient_Publish() {
	c, err := client.New(client.Config{URL: os.Getenv("BELFRY_URL"), Key: os.Getenv("BELFRY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	p, err := c.Publish(context.Background(), belfry.Draft{
		To: belfry.Target{User: "ann"},
		Content: belfry.Content{
			Type: "comment", Title: "Bob replied", ActionURL: "/docs/42",
			Actor: &belfry.Actor{ID: "bob", Name: "Bob"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Print(p.ID)
}

// Errors carry the server's code and name the fields.
func ExampleClient_PublishBatch() {
	c, err := client.New(client.Config{URL: os.Getenv("BELFRY_URL"), Key: os.Getenv("BELFRY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	results, err := c.PublishBatch(context.Background(), []belfry.Draft{
		{To: belfry.Target{Topic: "orders.eu"}, Content: belfry.Content{Title: "Order 1042 was paid"}},
		{To: belfry.Target{All: true}, Content: belfry.Content{Title: ""}},
	})
	if err != nil {
		log.Fatal(err) // nothing is known of any of them
	}
	for _, r := range results {
		var e *belfry.Error
		if errors.As(r.Err, &e) {
			log.Print(e.Code, e.Fields) // invalid [{/title required a notification needs a title}]
		}
	}
}

// A program follows an inbox. It keeps the cursor of what it has processed, so
// that it goes on from there when it is started again.
func ExampleClient_Stream() {
	c, err := client.New(client.Config{URL: os.Getenv("BELFRY_URL"), Token: os.Getenv("BELFRY_TOKEN")})
	if err != nil {
		log.Fatal(err)
	}
	var tally client.Tally
	err = c.Stream(context.Background(), client.StreamOptions{Cursor: lastCursor(), Items: 20}, func(f client.Frame) error {
		switch b := f.Body.(type) {
		case *client.Notification:
			fmt.Println(b.Op, b.Item.Title)
		case *client.Receipts:
			fmt.Println("marked on another device")
		}
		if tally.Take(f) {
			fmt.Println(tally.Unread, "unread")
		}
		if f.Cursor == "" {
			return nil // it changed nothing
		}
		return saveCursor(f.Cursor)
	})
	log.Fatal(err) // the server said that coming back is pointless
}

// A stream outlives its token when it is given a source of them.
func ExampleStreamOptions() {
	backend, err := client.New(client.Config{URL: os.Getenv("BELFRY_URL"), Key: os.Getenv("BELFRY_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	_ = client.StreamOptions{
		Token: func(ctx context.Context) (string, error) {
			t, err := backend.Token(ctx, "ann", time.Hour, client.Claims{})
			return t.Token, err
		},
		Lost: func(err error, wait time.Duration) { log.Printf("%s; back in %s", err, wait) },
	}
}

// "Mark all as read" says up to where: what arrived while the finger was on the
// button stays unread.
func ExampleInbox_Mark() {
	c, err := client.New(client.Config{URL: os.Getenv("BELFRY_URL"), Token: os.Getenv("BELFRY_TOKEN")})
	if err != nil {
		log.Fatal(err)
	}
	inbox := c.Inbox("") // the token's user
	page, err := inbox.List(context.Background(), client.ListOptions{Filter: belfry.FilterUnread})
	if err != nil {
		log.Fatal(err)
	}
	done, err := inbox.Mark(context.Background(), belfry.Mark{Action: belfry.ActionRead, All: true, UpTo: page.Cursor})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(done.Counts.Unread, "unread")
}

func lastCursor() string             { return "" }
func saveCursor(cursor string) error { return nil }
