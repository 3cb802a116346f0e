// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";

/// @title Signature transfers as Permit2 makes them, for tests
/// @notice Same typed data (domain `{name: "Permit2", chainId, verifyingContract}`, the spender among the members), same
/// checks: deadline, amount, unordered nonces in a bitmap, signature of a key or ERC-1271. It keeps nothing in code that
/// depends on its address, so that its code can be put at Permit2's own address.
contract Permit2Model is IPermit2 {
    using SafeERC20 for IERC20;

    error SignatureExpired(uint256 signatureDeadline);
    error InvalidAmount(uint256 maxAmount);
    error InvalidNonce();
    error InvalidSigner();

    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 private constant TOKEN_PERMISSIONS = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant PERMIT_TRANSFER_FROM = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );

    mapping(address owner => mapping(uint256 word => uint256)) public nonceBitmap;

    /// @inheritdoc IPermit2
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (transferDetails.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
        uint256 bit = 1 << (permit.nonce & 0xff);
        if (nonceBitmap[owner][permit.nonce >> 8] & bit != 0) revert InvalidNonce();
        nonceBitmap[owner][permit.nonce >> 8] |= bit;
        bytes32 digest = hash(permit.permitted, msg.sender, permit.nonce, permit.deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature)) revert InvalidSigner();
        IERC20(permit.permitted.token).safeTransferFrom(owner, transferDetails.to, transferDetails.requestedAmount);
    }

    /// @notice What the owner signs.
    function hash(TokenPermissions memory permitted, address spender, uint256 nonce, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        bytes32 permissions = keccak256(abi.encode(TOKEN_PERMISSIONS, permitted.token, permitted.amount));
        bytes32 message = keccak256(abi.encode(PERMIT_TRANSFER_FROM, permissions, spender, nonce, deadline));
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256("Permit2"), block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}
