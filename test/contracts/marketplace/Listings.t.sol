// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../../contracts/Marketplace.sol";
import {IListings} from "../../../contracts/interfaces/IListings.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Providers and apps: registered, revised, transferred and retired by their owners.
contract ListingsTest {
    uint256 private constant START = 1_900_000_000;
    address private constant DEVELOPER = address(0xD1);
    address private constant OTHER = address(0xD2);
    bytes32 private constant BODY = keccak256("body");
    bytes32 private constant BODY_2 = keccak256("second body");
    Marketplace private market;

    function setUp() external {
        vm.warp(START);
        market = new Marketplace(address(this));
    }

    function _register(IListings.Kind kind) private returns (uint256) {
        vm.prank(DEVELOPER);
        return market.register(kind, BODY, "data:,one");
    }

    function _same(uint256 id, IListings.Listing memory expected) private view {
        equal(
            uint256(keccak256(abi.encode(market.listing(id)))), uint256(keccak256(abi.encode(expected))), "the listing"
        );
    }

    function test_register_numbersListingsOfBothKinds() external {
        equal(market.listings(), 0, "none");
        equal(_register(IListings.Kind.Provider), 1, "first");
        equal(_register(IListings.Kind.App), 2, "second");
        equal(market.listings(), 2, "two");
        _same(1, IListings.Listing(DEVELOPER, IListings.Kind.Provider, 1, 0, address(0), BODY));
        _same(2, IListings.Listing(DEVELOPER, IListings.Kind.App, 1, 0, address(0), BODY));
        _same(3, IListings.Listing(address(0), IListings.Kind.Provider, 0, 0, address(0), 0));
    }

    function test_revise_appendsAndKeepsHistory() external {
        uint256 id = _register(IListings.Kind.App);
        vm.prank(DEVELOPER);
        equal(market.revise(id, BODY_2, "data:,two"), 2, "revision");
        _same(id, IListings.Listing(DEVELOPER, IListings.Kind.App, 2, 0, address(0), BODY_2));
        isTrue(market.bodyOf(id, 1) == BODY && market.bodyOf(id, 2) == BODY_2, "both bodies");
        isTrue(market.bodyOf(id, 0) == 0 && market.bodyOf(id, 3) == 0, "no others");
    }

    function test_retire_isForEver() external {
        uint256 id = _register(IListings.Kind.App);
        vm.warp(START + 7);
        vm.prank(DEVELOPER);
        market.retire(id);
        _same(id, IListings.Listing(DEVELOPER, IListings.Kind.App, 1, uint32(START + 7), address(0), BODY));
        bytes memory retired = abi.encodeWithSelector(IListings.MarketplaceRetiredListing.selector, id, START + 7);
        vm.expectRevert(retired);
        vm.prank(DEVELOPER);
        market.retire(id);
        vm.expectRevert(retired);
        vm.prank(DEVELOPER);
        market.revise(id, BODY_2, "");
    }

    function test_afterFebruary2106_timeStandsStillForListings() external {
        uint256 id = _register(IListings.Kind.App);
        vm.warp(uint256(type(uint32).max) + 1_000);
        vm.prank(DEVELOPER);
        market.retire(id);
        equal(market.listing(id).retiredAt, type(uint32).max, "the last second");
    }

    function test_transfer_takesTwoSteps() external {
        uint256 id = _register(IListings.Kind.Provider);
        vm.prank(DEVELOPER);
        market.transferListing(id, OTHER);
        _same(id, IListings.Listing(DEVELOPER, IListings.Kind.Provider, 1, 0, OTHER, BODY));
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, DEVELOPER, OTHER));
        vm.prank(DEVELOPER);
        market.acceptListing(id);
        vm.prank(OTHER);
        market.acceptListing(id);
        _same(id, IListings.Listing(OTHER, IListings.Kind.Provider, 1, 0, address(0), BODY));
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, OTHER, address(0)));
        vm.prank(OTHER);
        market.acceptListing(id);
    }

    function test_transfer_canBeWithdrawn() external {
        uint256 id = _register(IListings.Kind.Provider);
        vm.prank(DEVELOPER);
        market.transferListing(id, OTHER);
        vm.prank(DEVELOPER);
        market.transferListing(id, address(0));
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, OTHER, address(0)));
        vm.prank(OTHER);
        market.acceptListing(id);
    }

    function test_onlyTheOwner_revisesRetiresAndTransfers() external {
        uint256 id = _register(IListings.Kind.App);
        bytes memory refusal =
            abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, address(this), DEVELOPER);
        vm.expectRevert(refusal);
        market.revise(id, BODY_2, "");
        vm.expectRevert(refusal);
        market.retire(id);
        vm.expectRevert(refusal);
        market.transferListing(id, address(this));
        vm.expectRevert(abi.encodeWithSelector(IListings.MarketplaceInvalidSender.selector, address(this), address(0)));
        market.retire(id + 1);
    }

    function testFuzz_historyIsAppendOnly(bytes32[] calldata bodies) external {
        uint256 id = _register(IListings.Kind.App);
        uint256 count = bodies.length > 20 ? 20 : bodies.length;
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(DEVELOPER);
            market.revise(id, bodies[i], "");
        }
        isTrue(market.bodyOf(id, 1) == BODY, "the first stays");
        for (uint256 i = 0; i < count; ++i) {
            isTrue(market.bodyOf(id, uint32(i + 2)) == bodies[i], "each stays");
        }
        equal(market.listing(id).revision, count + 1, "revision");
    }
}
