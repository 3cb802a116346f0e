// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallet.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice Addresses that are no tokens, or are none any more.
contract BadTokensTest is ChannelFixture {
    function _expectRefusal() private {
        vm.expectRevert(abi.encodeWithSelector(IPaymentChannel.ChannelInvalidToken.selector, header.token));
    }

    function test_contractWithoutBalances_isRefused() external {
        header.token = address(new ContractWallet(STRANGER));
        _complete();
        vm.prank(publisher);
        _expectRefusal();
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
    }

    function test_tokenThatIsGone_takesNoPermit() external {
        _open();
        vm.etch(address(token), "");
        vm.prank(publisher);
        _expectRefusal();
        channel.depositWithPermit(header, 1, START + 1 days, 27, bytes32(uint256(1)), bytes32(uint256(1)));
    }

    function test_tokenThatIsGone_takesNoDeposit() external {
        _open();
        vm.etch(address(token), "");
        vm.prank(publisher);
        _expectRefusal();
        channel.deposit(header, 1);
    }
}
