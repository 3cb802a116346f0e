// Command imgcopy copies an image as a current skopeo would: by go.podman.io/image and containers/ocicrypt.
//
//	imgcopy [--encryption-key PROTOCOL:KEY]... [--encrypt-layer N]... [--decryption-key KEY]... [--insecure] SOURCE DESTINATION
//
// SOURCE and DESTINATION bear skopeo's transport names (oci:, oci-archive:, docker-archive:, dir:, docker://). A key
// provider is asked as OCICRYPT_KEYPROVIDER_CONFIG says. Ends with 1 and a line on stderr where the copy fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/containers/ocicrypt/config"
	"github.com/containers/ocicrypt/helpers"
	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/directory"
	"go.podman.io/image/v5/docker"
	dockerarchive "go.podman.io/image/v5/docker/archive"
	ociarchive "go.podman.io/image/v5/oci/archive"
	ocilayout "go.podman.io/image/v5/oci/layout"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/types"
)

type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "imgcopy:", err)
		os.Exit(1)
	}
}

func run() error {
	var recipients, keys, layers list
	flag.Var(&recipients, "encryption-key", "recipient, such as jwe:public.pem or provider:name:parameter")
	flag.Var(&layers, "encrypt-layer", "index of a layer to encrypt; default all")
	flag.Var(&keys, "decryption-key", "private key, such as private.pem or provider:name:parameter")
	insecure := flag.Bool("insecure", false, "registries over plain HTTP")
	flag.Parse()
	if flag.NArg() != 2 {
		return fmt.Errorf("expected SOURCE and DESTINATION, found %d arguments", flag.NArg())
	}
	source, err := reference(flag.Arg(0))
	if err != nil {
		return err
	}
	destination, err := reference(flag.Arg(1))
	if err != nil {
		return err
	}
	options := &copy.Options{}
	system := &types.SystemContext{}
	if *insecure {
		system.DockerInsecureSkipTLSVerify = types.OptionalBoolTrue
		system.OCIInsecureSkipTLSVerify = true
	}
	options.SourceCtx, options.DestinationCtx = system, system
	if len(recipients) > 0 {
		// Signatures, were there any, cannot hold for the encrypted image.
		options.RemoveSignatures = true
		crypto, err := helpers.CreateCryptoConfig(recipients, nil)
		if err != nil {
			return err
		}
		options.OciEncryptConfig = crypto.EncryptConfig
		chosen := []int{}
		for _, layer := range layers {
			index, err := strconv.Atoi(layer)
			if err != nil {
				return fmt.Errorf("--encrypt-layer %q is no number", layer)
			}
			chosen = append(chosen, index)
		}
		options.OciEncryptLayers = &chosen
	}
	if len(keys) > 0 {
		crypto, err := helpers.CreateCryptoConfig(nil, keys)
		if err != nil {
			return err
		}
		options.OciDecryptConfig = config.CombineCryptoConfigs([]config.CryptoConfig{crypto}).DecryptConfig
	}
	// Which images may be copied is the caller's matter here.
	policy, err := signature.NewPolicyContext(&signature.Policy{
		Default: signature.PolicyRequirements{signature.NewPRInsecureAcceptAnything()},
	})
	if err != nil {
		return err
	}
	defer func() { _ = policy.Destroy() }()
	_, err = copy.Image(context.Background(), policy, destination, source, options)
	return err
}

func reference(name string) (types.ImageReference, error) {
	transport, rest, found := strings.Cut(name, ":")
	if !found {
		return nil, fmt.Errorf("%q names no transport", name)
	}
	for _, known := range []types.ImageTransport{
		ocilayout.Transport, ociarchive.Transport, dockerarchive.Transport, directory.Transport, docker.Transport,
	} {
		if known.Name() == transport {
			return known.ParseReference(rest)
		}
	}
	return nil, fmt.Errorf("unknown transport %q", transport)
}
