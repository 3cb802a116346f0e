// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The cheat codes that these tests use.
interface Vm {
    function warp(uint256 timestamp) external;
    function chainId(uint256 id) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function expectRevert(bytes calldata revertData) external;
    function etch(address target, bytes calldata code) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function assume(bool condition) external pure;
    function getBlockTimestamp() external view returns (uint256);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

error Unequal(string what, uint256 actual, uint256 expected);
error Untrue(string what);

/// @notice Assertions that say what was compared.
function equal(uint256 actual, uint256 expected, string memory what) pure {
    if (actual != expected) revert Unequal(what, actual, expected);
}

function isTrue(bool condition, string memory what) pure {
    if (!condition) revert Untrue(what);
}

/// @notice `value` brought into `[low, high]`; small values stay what they are, so that a counterexample is readable.
function within(uint256 value, uint256 low, uint256 high) pure returns (uint256) {
    if (value >= low && value <= high) return value;
    return low + value % (high - low + 1);
}
