// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";

/// @title The three signatures of a channel
/// @notice EIP-712, domain `{name: "apoc PaymentChannel", version: "1", chainId, verifyingContract}`. The channel id in
/// each message already commits to chain, contract and all terms.
abstract contract ChannelSignatures is EIP712("apoc PaymentChannel", "1") {
    bytes32 private constant QUOTE = keccak256("Quote(bytes32 channelId)");
    bytes32 private constant USAGE = keccak256("Usage(bytes32 channelId,uint96 exec)");
    bytes32 private constant VOUCHER = keccak256("Voucher(bytes32 channelId,uint256 index,uint96 cumulative)");

    /// @dev The provider accepts the channel.
    function _checkQuote(address provider, bytes32 id, bytes calldata signature) internal view {
        _check(provider, keccak256(abi.encode(QUOTE, id)), signature);
    }

    /// @dev The meter attests a cumulative execution cost.
    function _checkUsage(address meter, bytes32 id, uint96 exec, bytes calldata signature) internal view {
        _check(meter, keccak256(abi.encode(USAGE, id, exec)), signature);
    }

    /// @dev The publisher grants a payee a cumulative metered amount.
    function _checkVoucher(address publisher, bytes32 id, uint256 index, uint96 cumulative, bytes calldata signature)
        internal
        view
    {
        _check(publisher, keccak256(abi.encode(VOUCHER, id, index, cumulative)), signature);
    }

    /// @dev Recovery comes first: the signer's account is not read if its key signed. Signers are never zero.
    // slither-disable-next-line unused-return -- where recovery fails it gives the zero address, which no signer is
    function _check(address signer, bytes32 structHash, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (recovered == signer) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature)) {
            revert IPaymentChannel.ChannelInvalidSignature(signer);
        }
    }
}
