// Command keyprovider is a key provider made with ocicrypt's own types. It wraps by XOR, which is no protection.
//
//	keyprovider cmd    answers one request: stdin to stdout
//	keyprovider grpc   listens on 127.0.0.1, prints its address and ends with stdin
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/containers/ocicrypt/keywrap/keyprovider"
	pb "github.com/containers/ocicrypt/utils/keyprovider"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: keyprovider cmd|grpc")
	}
	if os.Args[1] == "cmd" {
		request, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		result, err := answer(request)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(result)
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pb.RegisterKeyProviderServiceServer(server, &service{})
	fmt.Println(listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	return server.Serve(listener)
}

type service struct {
	pb.UnimplementedKeyProviderServiceServer
}

func (*service) WrapKey(_ context.Context, input *pb.KeyProviderKeyWrapProtocolInput) (*pb.KeyProviderKeyWrapProtocolOutput, error) {
	return reply(input)
}

func (*service) UnWrapKey(_ context.Context, input *pb.KeyProviderKeyWrapProtocolInput) (*pb.KeyProviderKeyWrapProtocolOutput, error) {
	return reply(input)
}

func reply(input *pb.KeyProviderKeyWrapProtocolInput) (*pb.KeyProviderKeyWrapProtocolOutput, error) {
	result, err := answer(input.KeyProviderKeyWrapProtocolInput)
	if err != nil {
		return nil, status.Error(codes.PermissionDenied, err.Error())
	}
	return &pb.KeyProviderKeyWrapProtocolOutput{KeyProviderKeyWrapProtocolOutput: result}, nil
}

func answer(request []byte) ([]byte, error) {
	var input keyprovider.KeyProviderKeyWrapProtocolInput
	if err := json.Unmarshal(request, &input); err != nil {
		return nil, err
	}
	var output keyprovider.KeyProviderKeyWrapProtocolOutput
	switch input.Operation {
	case keyprovider.OpKeyWrap:
		if _, named := input.KeyWrapParams.Ec.Parameters["go"]; !named {
			return nil, fmt.Errorf("the parameters do not name this provider")
		}
		output.KeyWrapResults.Annotation = mask(input.KeyWrapParams.OptsData)
	case keyprovider.OpKeyUnwrap:
		if string(input.KeyUnwrapParams.Dc.Parameters["go"][0]) == "refuse" {
			return nil, fmt.Errorf("verweigert: 100 %%")
		}
		output.KeyUnwrapResults.OptsData = mask(input.KeyUnwrapParams.Annotation)
	default:
		return nil, fmt.Errorf("unknown operation %q", input.Operation)
	}
	return json.Marshal(output)
}

func mask(bytes []byte) []byte {
	masked := make([]byte, len(bytes))
	for i, value := range bytes {
		masked[i] = value ^ 0x5a
	}
	return masked
}
