// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, vm} from "../support/Vm.sol";

/// What a creation sums up over its payees, at the bounds of the types that it is stored in.
contract CreateSumsTest is ChannelFixture {
    function test_create_refusesSumsBeyondTheirType() external {
        for (uint256 i = 0; i < 3; ++i) payees[i].rate = type(uint96).max;
        // What remains of the sum after truncation to its type is not good enough.
        _refusesCreation(
            abi.encodeWithSelector(
                IPaymentChannel.ChannelExcessiveSums.selector,
                header.sumOneTime,
                3 * uint256(type(uint96).max),
                header.sumShare
            )
        );
        for (uint256 i = 0; i < 3; ++i) (payees[i].rate, payees[i].oneTime) = (0, type(uint96).max);
        _refusesCreation(
            abi.encodeWithSelector(
                IPaymentChannel.ChannelExcessiveSums.selector, 3 * uint256(type(uint96).max), 0, header.sumShare
            )
        );
        for (uint256 i = 0; i < 3; ++i) (payees[i].oneTime, payees[i].share) = (0, type(uint32).max);
        _refusesCreation(
            abi.encodeWithSelector(IPaymentChannel.ChannelExcessiveSums.selector, 0, 0, 3 * uint256(type(uint32).max))
        );
    }

    function test_create_refusesSumsOneBeyondTheirType() external {
        for (uint256 i = 0; i < 3; ++i) (payees[i].oneTime, payees[i].rate, payees[i].share) = (0, 0, 0);
        (payees[0].oneTime, payees[1].oneTime) = (type(uint96).max, 1);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelExcessiveSums.selector, 1 << 96, 0, 0));
        (payees[0].oneTime, payees[1].oneTime) = (0, 0);
        (payees[0].rate, payees[1].rate) = (type(uint96).max, 1);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelExcessiveSums.selector, 0, 1 << 96, 0));
        (payees[0].rate, payees[1].rate) = (0, 0);
        (payees[0].share, payees[1].share) = (type(uint32).max, 1);
        _refusesCreation(abi.encodeWithSelector(IPaymentChannel.ChannelExcessiveSums.selector, 0, 0, 1 << 32));
    }

    function test_create_sumsMayBeAsGreatAsTheirType() external {
        payees[0].oneTime = payees[0].rate = type(uint96).max;
        payees[1].rate = payees[2].rate = 0;
        payees[0].share = type(uint32).max - payees[2].share;
        _complete();
        token.mint(publisher, type(uint96).max);
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannel(_terms(header), quote, type(uint96).max, payees);
        equal(_due(0), type(uint96).max, "one-time");
    }
}
