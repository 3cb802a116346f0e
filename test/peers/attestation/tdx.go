package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-tdx-guest/validate"
	"github.com/google/go-tdx-guest/verify"
)

// tdxCase is a quote with its collateral and the policy. The library has no say over TCB statuses, RTMRs one by one,
// or evaluation numbers.
type tdxCase struct {
	Quote      []byte      `json:"quote"`
	Root       []byte      `json:"root"`
	Collateral *collateral `json:"collateral"`
	MrTd       [][]byte    `json:"mrTd"`
	RTMRs      [][]byte    `json:"rtmrs"`
	ReportData []byte      `json:"reportData"`
}

type collateral struct {
	PckCrlChain         string `json:"pckCrlIssuerChain"`
	RootCrl             []byte `json:"rootCrl"`
	PckCrl              []byte `json:"pckCrl"`
	TcbInfoChain        string `json:"tcbInfoIssuerChain"`
	TcbInfo             string `json:"tcbInfo"`
	TcbInfoSignature    string `json:"tcbInfoSignature"`
	QeIdentityChain     string `json:"qeIdentityIssuerChain"`
	QeIdentity          string `json:"qeIdentity"`
	QeIdentitySignature string `json:"qeIdentitySignature"`
}

// Get answers as Intel's service does, from the case.
func (c *collateral) Get(address string) (map[string][]string, []byte, error) {
	chain := func(name, text string) map[string][]string {
		return map[string][]string{name: {url.QueryEscape(text)}}
	}
	signed := func(name, text, signature string) []byte {
		return []byte(fmt.Sprintf(`{%q:%s,"signature":%q}`, name, text, signature))
	}
	switch {
	case strings.Contains(address, "/tcb?"):
		return chain("Tcb-Info-Issuer-Chain", c.TcbInfoChain), signed("tcbInfo", c.TcbInfo, c.TcbInfoSignature), nil
	case strings.Contains(address, "/qe/identity"):
		return chain("Sgx-Enclave-Identity-Issuer-Chain", c.QeIdentityChain),
			signed("enclaveIdentity", c.QeIdentity, c.QeIdentitySignature), nil
	case strings.Contains(address, "/pckcrl?"):
		return chain("Sgx-Pck-Crl-Issuer-Chain", c.PckCrlChain), c.PckCrl, nil
	default:
		return nil, c.RootCrl, nil
	}
}

func verifyTDX(c *tdxCase, at time.Time) error {
	options := verify.DefaultOptions()
	options.Now = at
	if c.Root != nil {
		root, err := x509.ParseCertificate(c.Root)
		if err != nil {
			return err
		}
		options.TrustedRoots = x509.NewCertPool()
		options.TrustedRoots.AddCert(root)
	}
	if c.Collateral != nil {
		options.GetCollateral, options.CheckRevocations, options.Getter = true, true, c.Collateral
	}
	if err := verify.RawTdxQuote(c.Quote, options); err != nil {
		return err
	}
	err := errors.New("the policy accepts no MRTD")
	for _, mrTd := range c.MrTd {
		expected := &validate.Options{TdQuoteBodyOptions: validate.TdQuoteBodyOptions{
			MrTd: mrTd, Rtmrs: c.RTMRs, ReportData: c.ReportData,
		}}
		if err = validate.RawTdxQuote(c.Quote, expected); err == nil {
			return nil
		}
	}
	return fmt.Errorf("validate: %w", err)
}
