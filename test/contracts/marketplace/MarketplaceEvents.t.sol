// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAttestations} from "../../../contracts/interfaces/IAttestations.sol";
import {IListings} from "../../../contracts/interfaces/IListings.sol";
import {IPlacements} from "../../../contracts/interfaces/IPlacements.sol";
import {IRevocations} from "../../../contracts/interfaces/IRevocations.sol";
import {MarketplaceFixture} from "./MarketplaceFixture.sol";
import {ear, Ear} from "../support/Ear.sol";
import {equal, vm} from "../support/Vm.sol";

/// @notice Each event of the marketplace, field by field.
contract MarketplaceEventsTest is MarketplaceFixture {
    bytes32 private constant SCOPE = keccak256("scope");
    bytes32 private constant POLICY = keccak256("policy");
    bytes32 private constant BODY = keccak256("another body");

    function _expect() private {
        ear.expectEmit(address(market));
    }

    function _expectPlaced(uint96 amount, uint96 rate, uint96 funds, uint256 since) private {
        _expect();
        emit IPlacements.BidPlaced(app, address(token), ann, amount, rate, funds, uint32(since));
    }

    function _expectCollected(uint96 amount, uint32 secs) private {
        _expect();
        emit IPlacements.BidCollected(app, address(token), ann, amount, secs);
    }

    function test_revocations() external {
        _expect();
        emit IRevocations.GrantsRevoked(OWNER, SCOPE, 77);
        vm.prank(OWNER);
        market.revokeGrants(SCOPE, 77);
        _expect();
        emit IRevocations.OffersRevoked(OWNER, SCOPE, uint64(START + 5));
        vm.prank(OWNER);
        market.revokeOffers(SCOPE, uint64(START + 5));
    }

    function test_attestations() external {
        _expect();
        emit IAttestations.Attested(OWNER, SCOPE, POLICY, uint64(START + 9), BODY, "data:,record");
        vm.prank(OWNER);
        market.attest(SCOPE, POLICY, uint64(START + 9), BODY, "data:,record");
        _expect();
        emit IAttestations.AttestationRevoked(OWNER, SCOPE, POLICY);
        vm.prank(OWNER);
        market.revokeAttestation(SCOPE, POLICY);
    }

    function test_listings() external {
        _expect();
        emit IListings.ListingRegistered(2, BOB, IListings.Kind.Provider);
        _expect();
        emit IListings.ListingRevised(2, 1, BODY, "data:,one");
        vm.prank(BOB);
        market.register(IListings.Kind.Provider, BODY, "data:,one");
        _expect();
        emit IListings.ListingRevised(2, 2, SCOPE, "data:,two");
        vm.prank(BOB);
        market.revise(2, SCOPE, "data:,two");
        _expect();
        emit IListings.ListingTransferStarted(2, BOB, CAROL);
        vm.prank(BOB);
        market.transferListing(2, CAROL);
        _expect();
        emit IListings.ListingTransferred(2, BOB, CAROL);
        vm.prank(CAROL);
        market.acceptListing(2);
        _after(3);
        _expect();
        emit IListings.ListingRetired(2, uint32(START + 3));
        vm.prank(CAROL);
        market.retire(2);
    }

    function test_bids() external {
        _expectPlaced(1_000, 10 * UNIT, 1_000, START);
        _bid(ann, 10 * UNIT, 1_000);
        _after(4);
        _expectPlaced(500, 10 * UNIT, 1_500, START);
        _bid(ann, 10 * UNIT, 500);
        _expectCollected(40, 4);
        _collect(ann);
        _after(6);
        _expectCollected(60, 10);
        _expectPlaced(0, 20 * UNIT, 1_400, START + 10);
        _bid(ann, 20 * UNIT, 0);
        _after(2);
        _expectCollected(40, 2);
        _expect();
        emit IPlacements.BidCancelled(app, address(token), ann, CAROL, 1_360);
        vm.prank(ann);
        market.cancelBid(app, address(token), CAROL);
        _expect();
        emit IPlacements.RevenueWithdrawn(address(token), CAROL, 140);
        vm.prank(BENEFICIARY);
        market.withdrawRevenue(address(token), CAROL);
    }

    /// @dev What is unchanged is not told, and stays as it was told before.
    function test_collectingNothing_isSilent() external {
        _bid(ann, UNIT / 4, 1_000);
        _after(3);
        ear.recordLogs();
        _collect(ann);
        Ear.Heard[] memory heard = ear.getRecordedLogs();
        equal(heard.length, 0, "events");
        equal(market.bidOf(app, address(token), ann).collected, 0, "collected");
    }
}
