// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../contracts/Marketplace.sol";
import {IAttestations} from "../../contracts/interfaces/IAttestations.sol";
import {IListings} from "../../contracts/interfaces/IListings.sol";
import {IRevocations} from "../../contracts/interfaces/IRevocations.sol";
import {equal, isTrue, vm} from "./Vm.sol";

/// @notice What everybody says for itself: revocations, attestations, listings.
contract MarketplaceTest {
    uint256 private constant START = 1_900_000_000;
    uint64 private constant NEVER = type(uint64).max;
    address private constant DEVELOPER = address(0xD1);
    address private constant OTHER = address(0xD2);
    bytes32 private constant IMAGE = keccak256("image");
    bytes32 private constant KEY = keccak256("key");
    bytes32 private constant POLICY = keccak256("policy");
    bytes32 private constant BODY = keccak256("body");
    bytes32 private constant BODY_2 = keccak256("second body");
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

    // Attestations

    function _attest(uint256 until) private {
        vm.prank(DEVELOPER);
        market.attest(KEY, POLICY, uint64(until), BODY, "data:,record");
    }

    function test_attestation_isOfItsAttesterKeyAndPolicy_andCanBeRenewed() external {
        _attest(START + 1);
        equal(market.attestedUntil(DEVELOPER, KEY, POLICY), START + 1, "attested");
        equal(market.attestedUntil(OTHER, KEY, POLICY), 0, "other attester");
        equal(market.attestedUntil(DEVELOPER, POLICY, POLICY), 0, "other key");
        equal(market.attestedUntil(DEVELOPER, KEY, KEY), 0, "other policy");
        _attest(START + 500);
        equal(market.attestedUntil(DEVELOPER, KEY, POLICY), START + 500, "renewed");
    }

    function test_attestation_thatIsOver_isRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IAttestations.MarketplaceAttestationExpired.selector, START));
        _attest(START);
    }

    function test_attestation_isTakenBackByItsAttesterOnly() external {
        _attest(START + 500);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestations.MarketplaceNotAttested.selector, address(this), KEY, POLICY)
        );
        market.revokeAttestation(KEY, POLICY);
        vm.prank(DEVELOPER);
        market.revokeAttestation(KEY, POLICY);
        equal(market.attestedUntil(DEVELOPER, KEY, POLICY), 0, "revoked");
        vm.expectRevert(abi.encodeWithSelector(IAttestations.MarketplaceNotAttested.selector, DEVELOPER, KEY, POLICY));
        vm.prank(DEVELOPER);
        market.revokeAttestation(KEY, POLICY);
    }

    // Listings

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
