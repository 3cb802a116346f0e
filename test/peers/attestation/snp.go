package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

// snpCase is a report with what endorses it, and the policy in the library's own terms: a list that the library takes
// one value for is tried value by value.
type snpCase struct {
	Report       []byte           `json:"report"`
	VEK          []byte           `json:"vek"`
	Intermediate []byte           `json:"intermediate"`
	ARK          []byte           `json:"ark"`
	CRL          []byte           `json:"crl"`
	Revocation   bool             `json:"revocation"`
	AllowSMT     bool             `json:"allowSmt"`
	AllowDebug   bool             `json:"allowDebug"`
	AllowMigrate bool             `json:"allowMigration"`
	Provisional  bool             `json:"provisional"`
	AliasCheck   bool             `json:"requireAlias"`
	VMPL         []int            `json:"vmpl"`
	MinGuestSVN  uint32           `json:"minGuestSvn"`
	MinTCB       map[string]uint8 `json:"minTcb"`
	MinLaunchTCB map[string]uint8 `json:"minLaunchTcb"`
	Measurements [][]byte         `json:"measurements"`
	HostData     []byte           `json:"hostData"`
	ReportData   []byte           `json:"reportData"`
}

// crlGetter serves the revocation list of a case whatever the address; the library trusts its content only.
type crlGetter struct{ list []byte }

func (g crlGetter) Get(string) ([]byte, error) {
	if g.list == nil {
		return nil, errors.New("there is no revocation list")
	}
	return g.list, nil
}

func verifySNP(c *snpCase, at time.Time) error {
	report, err := abi.ReportToProto(c.Report)
	if err != nil {
		return err
	}
	signer, err := abi.ParseSignerInfo(report.GetSignerInfo())
	if err != nil {
		return err
	}
	chain := &spb.CertificateChain{AskCert: c.Intermediate, ArkCert: c.ARK}
	if signer.SigningKey == abi.VlekReportSigner {
		chain.VlekCert = c.VEK
	} else {
		chain.VcekCert = c.VEK
	}
	attestation := &spb.Attestation{Report: report, CertificateChain: chain}
	// Its own roots: AMD's are built in, and what the case names as root is never trusted by it.
	options := &verify.Options{
		DisableCertFetching: true,
		CheckRevocations:    c.Revocation,
		Getter:              crlGetter{c.CRL},
		Now:                 at,
	}
	if signer.SigningKey == abi.VlekReportSigner {
		if options.TrustedRoots, err = rootsWithASVK(report, c.Intermediate); err != nil {
			return err
		}
	}
	if err := verify.SnpAttestation(attestation, options); err != nil {
		return err
	}
	return validateSNP(c, attestation)
}

// rootsWithASVK completes the built-in root by the intermediate of VLEKs, which the library does not have.
func rootsWithASVK(report *spb.Report, asvk []byte) (map[string][]*trust.AMDRootCerts, error) {
	line := kds.ProductLineFromFms(report.GetCpuid1EaxFms())
	root, err := trust.GetDefaultRootCerts(line)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(asvk)
	if err != nil {
		return nil, err
	}
	certs := &trust.ProductCerts{Ark: root.ProductCerts.Ark, Ask: root.ProductCerts.Ask, Asvk: certificate}
	return map[string][]*trust.AMDRootCerts{line: {{ProductLine: line, ProductCerts: certs}}}, nil
}

// validateSNP accepts when one combination of measurement and VMPL is accepted.
func validateSNP(c *snpCase, attestation *spb.Attestation) error {
	err := errors.New("the policy accepts no measurement")
	for _, measurement := range c.Measurements {
		for _, vmpl := range c.VMPL {
			options := &validate.Options{
				GuestPolicy: abi.SnpPolicy{
					SMT: c.AllowSMT, Debug: c.AllowDebug, MigrateMA: c.AllowMigrate, CXLAllowed: true,
				},
				MinimumGuestSvn:           c.MinGuestSVN,
				ReportData:                c.ReportData,
				HostData:                  c.HostData,
				Measurement:               measurement,
				MinimumTCB:                parts(c.MinTCB),
				MinimumLaunchTCB:          parts(c.MinLaunchTCB),
				PermitProvisionalFirmware: c.Provisional,
				VMPL:                      &vmpl,
			}
			if c.AliasCheck {
				options.PlatformInfo = &abi.SnpPlatformInfo{
					SMTEnabled: true, TSMEEnabled: true, TIOEnabled: true, AliasCheckComplete: true,
				}
			}
			if err = validate.SnpAttestation(attestation, options); err == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("validate: %w", err)
}

func parts(tcb map[string]uint8) kds.TCBParts {
	return kds.TCBParts{BlSpl: tcb["bl"], TeeSpl: tcb["tee"], SnpSpl: tcb["snp"], UcodeSpl: tcb["ucode"]}
}
