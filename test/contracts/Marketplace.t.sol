// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../contracts/Marketplace.sol";
import {IMarketplace} from "../../contracts/interfaces/IMarketplace.sol";
import {equal, vm} from "./Vm.sol";

contract MarketplaceTest {
    address private constant DEVELOPER = address(0xD1);
    bytes32 private constant IMAGE = keccak256("image");
    bytes32 private constant KEY = keccak256("key");
    Marketplace private market;

    function setUp() external {
        market = new Marketplace();
    }

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
        equal(market.grantFloor(address(this), IMAGE, KEY), 0, "other developer");
    }

    function test_floor_canOnlyRise() external {
        _revoke(IMAGE, 40);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.MarketplaceFloorNotRaised.selector, 40, 40));
        _revoke(IMAGE, 40);
        _revoke(IMAGE, 41);
        equal(market.grantFloor(DEVELOPER, IMAGE, KEY), 41, "raised");
    }
}
