// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../../contracts/Marketplace.sol";
import {IRevocations} from "../../../contracts/interfaces/IRevocations.sol";
import {equal, vm} from "../support/Vm.sol";

/// @notice Floors of grants and ends of offers.
contract RevocationsTest {
    uint256 private constant START = 1_900_000_000;
    uint64 private constant NEVER = type(uint64).max;
    address private constant DEVELOPER = address(0xD1);
    address private constant OTHER = address(0xD2);
    bytes32 private constant IMAGE = keccak256("image");
    bytes32 private constant KEY = keccak256("key");
    bytes32 private constant BODY = keccak256("body");
    Marketplace private market;

    function setUp() external {
        vm.warp(START);
        market = new Marketplace(address(this));
    }

    // Grants

    function _revoke(bytes32 scope, uint64 floor) private {
        vm.prank(DEVELOPER);
        market.revokeGrants(scope, floor);
    }

    function test_floor_isTheHighestOfTheThreeScopes() external {
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), 0, "none");
        _revoke(keccak256(abi.encode(IMAGE, KEY)), 30);
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), 30, "key");
        equal(market.grantFloor(DEVELOPER, IMAGE, keccak256("other")), 0, "other key");
        _revoke(IMAGE, 40);
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), 40, "image");
        equal(market.grantFloor(DEVELOPER, IMAGE, keccak256("other")), 40, "all keys of the image");
        equal(market.grantFloor(DEVELOPER, keccak256("other"), KEY), 0, "other image");
        _revoke(0, 50);
        equal(market.grantFloor(DEVELOPER, keccak256("other"), KEY), 50, "all");
    }

    function test_floor_isOfItsDeveloperOnly() external {
        _revoke(0, 50);
        equal(market.grantFloor(OTHER, IMAGE, KEY), 0, "other developer");
    }

    function test_floor_canOnlyRise() external {
        _revoke(IMAGE, 40);
        vm.expectRevert(abi.encodeWithSelector(IRevocations.MarketplaceFloorNotRaised.selector, 40, 40));
        _revoke(IMAGE, 40);
        _revoke(IMAGE, 41);
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), 41, "raised");
    }

    function testFuzz_floor_isTheMaximum(uint64 all, uint64 image, uint64 key) external {
        if (all > 0) _revoke(0, all);
        if (image > 0) _revoke(IMAGE, image);
        if (key > 0) _revoke(keccak256(abi.encode(IMAGE, key)), key);
        uint64 highest = all > image ? all : image;
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), highest, "of all and of the image");
        if (key > highest) highest = key;
        equal(market.grantFloor(DEVELOPER, IMAGE, bytes32(uint256(key))), highest, "of all three");
    }

    // Offers

    function _end(bytes32 scope, uint256 end) private {
        vm.prank(DEVELOPER);
        market.revokeOffers(scope, uint64(end));
    }

    function test_offers_endWithTheirImageOrWithAll() external {
        equal(market.offersEnd(DEVELOPER, IMAGE), NEVER, "none");
        _end(IMAGE, START + 100);
        equal(market.offersEnd(DEVELOPER, IMAGE), START + 100, "image");
        equal(market.offersEnd(DEVELOPER, BODY), NEVER, "other image");
        equal(market.offersEnd(OTHER, IMAGE), NEVER, "other developer");
        _end(0, START + 50);
        equal(market.offersEnd(DEVELOPER, IMAGE), START + 50, "all are nearer");
        _end(IMAGE, START);
        equal(market.offersEnd(DEVELOPER, IMAGE), START, "at once");
        equal(market.offersEnd(DEVELOPER, BODY), START + 50, "other image ends with all");
    }

    function test_offersEnd_neverReachesBackOrMovesAway() external {
        vm.expectRevert(abi.encodeWithSelector(IRevocations.MarketplaceEndInThePast.selector, START - 1));
        _end(IMAGE, START - 1);
        vm.expectRevert(abi.encodeWithSelector(IRevocations.MarketplaceEndNotNearer.selector, NEVER, NEVER));
        _end(IMAGE, NEVER);
        _end(IMAGE, START + 10);
        vm.expectRevert(abi.encodeWithSelector(IRevocations.MarketplaceEndNotNearer.selector, START + 10, START + 10));
        _end(IMAGE, START + 10);
        vm.warp(START + 11);
        vm.expectRevert(abi.encodeWithSelector(IRevocations.MarketplaceEndNotNearer.selector, START + 10, START + 11));
        _end(IMAGE, START + 11);
        equal(market.offersEnd(DEVELOPER, IMAGE), START + 10, "still");
    }
}
