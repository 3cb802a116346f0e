// Program peers asks other verifiers of TEE evidence about the cases that apoc's own verifier is given: go-sev-guest
// about SEV-SNP reports, go-tdx-guest about TDX quotes. It reads one JSON object a line from stdin and answers each
// with one line on stdout:
//
//	{"id", "verdict": "accept" | "reject" | "panic", "reason", "microseconds": [one number a round]}
//
// A request names its bytes in base64 and, with "rounds", how often the same verification is repeated; each is
// measured by the processor time that it takes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/google/logger"
)

type request struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"`
	Rounds int       `json:"rounds"`
	SNP    *snpCase  `json:"snp"`
	TDX    *tdxCase  `json:"tdx"`
}

type answer struct {
	ID           string    `json:"id"`
	Verdict      string    `json:"verdict"`
	Reason       string    `json:"reason,omitempty"`
	Microseconds []float64 `json:"microseconds"`
}

func main() {
	logger.Init("peers", false, false, io.Discard)
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := json.NewEncoder(os.Stdout)
	decoder := json.NewDecoder(input)
	for {
		var asked request
		if err := decoder.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
		if err := output.Encode(ask(&asked)); err != nil {
			fmt.Fprintln(os.Stderr, "peers:", err)
			os.Exit(1)
		}
	}
}

func ask(asked *request) answer {
	given := answer{ID: asked.ID, Microseconds: []float64{}}
	for round := 0; round < max(asked.Rounds, 1); round++ {
		start := processorTime()
		err, panicked := appraise(asked)
		given.Microseconds = append(given.Microseconds, processorTime()-start)
		switch {
		case panicked:
			given.Verdict, given.Reason = "panic", err.Error()
		case err != nil:
			given.Verdict, given.Reason = "reject", err.Error()
		default:
			given.Verdict = "accept"
		}
	}
	return given
}

// processorTime gives the microseconds that this process has used, its collector included. What else the machine does
// does not count.
func processorTime() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1000
}

// appraise runs one verification. A panic of the library is an answer, too.
func appraise(asked *request) (err error, panicked bool) {
	defer func() {
		if cause := recover(); cause != nil {
			err, panicked = fmt.Errorf("%v", cause), true
		}
	}()
	switch {
	case asked.SNP != nil:
		return verifySNP(asked.SNP, asked.At), false
	case asked.TDX != nil:
		return verifyTDX(asked.TDX, asked.At), false
	default:
		return fmt.Errorf("neither snp nor tdx"), false
	}
}
