// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPaymentChannel} from "./interfaces/IPaymentChannel.sol";
import {IPermit2} from "./interfaces/IPermit2.sol";

/// @title Transfers of tokens in and out
/// @dev The only calls of the channel that another contract can answer with calls of its own. Each is the last step of an
/// entry point, which is guarded against reentry.
abstract contract ChannelTokens is IPaymentChannel {
    using SafeERC20 for IERC20;

    /// @inheritdoc IPaymentChannel
    address public constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    /// @dev Uses an ERC-2612 permit of the sender. Anybody can use one that is visible in the mempool first; only
    /// the allowance that it leaves counts.
    function _permit(address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) internal {
        if (token.code.length == 0) revert ChannelInvalidToken(token);
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
    }

    /// @dev Takes exactly `amount` from the sender's allowance, or reverts.
    function _pull(address token, uint256 amount) internal {
        uint256 before = _held(token);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _requireReceived(token, before, amount);
    }

    /// @dev Takes exactly `amount` from the sender by its signature for Permit2, or reverts.
    function _pullWithPermit2(
        address token,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        uint256 before = _held(token);
        IPermit2(PERMIT2).permitTransferFrom(
            IPermit2.PermitTransferFrom(IPermit2.TokenPermissions(token, amount), nonce, deadline),
            IPermit2.SignatureTransferDetails(address(this), amount),
            msg.sender,
            signature
        );
        _requireReceived(token, before, amount);
    }

    function _push(address token, address to, uint256 amount) internal {
        if (to == address(0) || to == address(this)) revert ChannelInvalidReceiver(to);
        IERC20(token).safeTransfer(to, amount);
    }

    function _requireReceived(address token, uint256 before, uint256 amount) private view {
        uint256 received = _held(token) - before;
        if (received != amount) revert ChannelInexactTransfer(token, amount, received);
    }

    /// @dev IERC20(token).balanceOf(address(this)), encoded in scratch memory.
    // slither-disable-next-line assembly -- one call with scratch memory
    function _held(address token) private view returns (uint256 amount) {
        bytes4 selector = IERC20.balanceOf.selector;
        bool answered;
        assembly ("memory-safe") {
            mstore(0x00, selector)
            mstore(0x04, address())
            // The call comes first: arguments are evaluated from the right.
            answered := and(gt(returndatasize(), 0x1f), staticcall(gas(), token, 0x00, 0x24, 0x00, 0x20))
            amount := mload(0x00)
        }
        if (!answered) revert ChannelInvalidToken(token);
    }
}
