// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The part of Permit2 that funds a channel
/// @notice Signature transfers of the contract at one address on most chains. The owner of a token approves
/// that contract once, and signs each transfer; the caller of the function is the only spender that the signature names.
interface IPermit2 {
    /// @notice What the signature allows to take.
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice What the owner signs, together with the spender.
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce; // unordered: any number not used before
        uint256 deadline; // last second of validity
    }

    /// @notice What the spender wants.
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Transfers from `owner` by its signature (of a key, or ERC-1271).
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external;
}
