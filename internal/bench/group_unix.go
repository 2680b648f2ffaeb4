//go:build unix

package bench

import (
	"os/exec"
	"syscall"
)

// apart keeps a terminal's Ctrl-C from the server: it is ended when the run is.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
