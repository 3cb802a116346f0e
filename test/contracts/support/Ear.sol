// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The cheat codes that demand an event, with all its fields, of the next call, and that keep all events.
interface Ear {
    struct Heard {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function expectEmit(address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Heard[] memory);
}

Ear constant ear = Ear(address(uint160(uint256(keccak256("hevm cheat code")))));
