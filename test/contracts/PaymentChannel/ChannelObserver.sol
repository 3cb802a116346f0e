// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";

/// @title All that can be seen of a channel, in one call
contract ChannelObserver {
    struct Sight {
        IPaymentChannel.Channel state;
        uint96[] paid; // by payee, as the next two
        uint96[] metered;
        uint96[] due;
        uint96 available;
        uint96 providerDue;
        uint256 held; // of the token, by the contract
    }

    function look(IPaymentChannel channel, IPaymentChannel.Header calldata header, IPaymentChannel.Payee[] calldata payees)
        external
        view
        returns (Sight memory sight)
    {
        bytes32 id = channel.channelId(header);
        sight.state = channel.channel(id);
        sight.paid = new uint96[](payees.length);
        sight.metered = new uint96[](payees.length);
        sight.due = new uint96[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) {
            (sight.paid[i], sight.metered[i]) = channel.payeeAccount(id, i);
            sight.due[i] = channel.due(header, i, payees[i]);
        }
        sight.available = channel.available(header);
        sight.providerDue = channel.providerDue(header);
        sight.held = IERC20(header.token).balanceOf(address(channel));
    }
}
