// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAttestations} from "../../contracts/interfaces/IAttestations.sol";
import {IListings} from "../../contracts/interfaces/IListings.sol";
import {IPlacements} from "../../contracts/interfaces/IPlacements.sol";
import {IRevocations} from "../../contracts/interfaces/IRevocations.sol";
import {MarketplaceFixture} from "./MarketplaceFixture.sol";
import {vm} from "./Vm.sol";

/// @notice The cheat code that demands an event, with all its fields, of the next call.
interface Ear {
    function expectEmit(address emitter) external;
}

Ear constant ear = Ear(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice Each event of the marketplace, field by field, in the order in which they come.
contract MarketplaceEventsTest is MarketplaceFixture {
    bytes32 private constant BODY = keccak256("another body");
    bytes32 private constant KEY = keccak256("key");
    bytes32 private constant POLICY = keccak256("policy");

    function test_listings() external {
        ear.expectEmit(address(market));
        emit IListings.ListingRegistered(app + 1, BOB, IListings.Kind.Provider);
        ear.expectEmit(address(market));
        emit IListings.ListingRevised(app + 1, 1, BODY, "data:,another");
        vm.prank(BOB);
        market.register(IListings.Kind.Provider, BODY, "data:,another");
        ear.expectEmit(address(market));
        emit IListings.ListingRevised(app, 2, BODY, "data:,another");
        vm.prank(OWNER);
        market.revise(app, BODY, "data:,another");
        ear.expectEmit(address(market));
        emit IListings.ListingTransferStarted(app, OWNER, BOB);
        vm.prank(OWNER);
        market.transferListing(app, BOB);
        ear.expectEmit(address(market));
        emit IListings.ListingTransferred(app, OWNER, BOB);
        vm.prank(BOB);
        market.acceptListing(app);
        ear.expectEmit(address(market));
        emit IListings.ListingRetired(app, uint32(START));
        vm.prank(BOB);
        market.retire(app);
    }

    function test_bids() external {
        ear.expectEmit(address(market));
        emit IPlacements.BidPlaced(app, address(token), BOB, 1_000, 2 * UNIT, 1_000, uint32(START));
        _bid(BOB, 2 * UNIT, 1_000);
        _after(10);
        ear.expectEmit(address(market));
        emit IPlacements.BidPlaced(app, address(token), BOB, 5, 2 * UNIT, 1_005, uint32(START));
        _bid(BOB, 2 * UNIT, 5);
        ear.expectEmit(address(market));
        emit IPlacements.BidCollected(app, address(token), BOB, 20, 10);
        _collect(BOB);
        _after(5);
        ear.expectEmit(address(market));
        emit IPlacements.BidCollected(app, address(token), BOB, 10, 15);
        ear.expectEmit(address(market));
        emit IPlacements.BidPlaced(app, address(token), BOB, 0, 3 * UNIT, 975, uint32(START + 15));
        _bid(BOB, 3 * UNIT, 0);
        _after(1);
        ear.expectEmit(address(market));
        emit IPlacements.BidCollected(app, address(token), BOB, 3, 1);
        ear.expectEmit(address(market));
        emit IPlacements.BidCancelled(app, address(token), BOB, CAROL, 972);
        vm.prank(BOB);
        market.cancelBid(app, address(token), CAROL);
        ear.expectEmit(address(market));
        emit IPlacements.RevenueWithdrawn(address(token), CAROL, 33);
        vm.prank(BENEFICIARY);
        market.withdrawRevenue(address(token), CAROL);
    }

    function test_revocations() external {
        ear.expectEmit(address(market));
        emit IRevocations.GrantsRevoked(OWNER, BODY, 77);
        vm.prank(OWNER);
        market.revokeGrants(BODY, 77);
        ear.expectEmit(address(market));
        emit IRevocations.OffersRevoked(OWNER, BODY, uint64(START + 9));
        vm.prank(OWNER);
        market.revokeOffers(BODY, uint64(START + 9));
    }

    function test_attestations() external {
        ear.expectEmit(address(market));
        emit IAttestations.Attested(OWNER, KEY, POLICY, uint64(START + 9), BODY, "data:,record");
        vm.prank(OWNER);
        market.attest(KEY, POLICY, uint64(START + 9), BODY, "data:,record");
        ear.expectEmit(address(market));
        emit IAttestations.AttestationRevoked(OWNER, KEY, POLICY);
        vm.prank(OWNER);
        market.revokeAttestation(KEY, POLICY);
    }
}
