// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IListings} from "../interfaces/IListings.sol";
import {present} from "./Time.sol";

/// @title Listings of providers and apps
/// @notice See IListings.
abstract contract Listings is IListings {
    /// @dev One slot.
    struct Entry {
        address owner;
        Kind kind;
        uint32 revision;
        uint32 retiredAt;
    }

    /// @inheritdoc IListings
    uint256 public listings;
    mapping(uint256 listing => Entry) private _entries;
    mapping(uint256 listing => address) private _pendingOwners;
    /// @inheritdoc IListings
    mapping(uint256 listing => mapping(uint32 revision => bytes32)) public bodyOf;

    /// @inheritdoc IListings
    function register(Kind kind, bytes32 body, string calldata uri) external returns (uint256 id) {
        id = ++listings;
        _entries[id] = Entry({owner: msg.sender, kind: kind, revision: 1, retiredAt: 0});
        bodyOf[id][1] = body;
        emit ListingRegistered(id, msg.sender, kind);
        emit ListingRevised(id, 1, body, uri);
    }

    /// @inheritdoc IListings
    function revise(uint256 id, bytes32 body, string calldata uri) external returns (uint32 revision) {
        _requireOwner(id);
        _requireListed(id);
        revision = ++_entries[id].revision;
        bodyOf[id][revision] = body;
        emit ListingRevised(id, revision, body, uri);
    }

    /// @inheritdoc IListings
    function retire(uint256 id) external {
        _requireOwner(id);
        _requireListed(id);
        uint32 retiredAt = present();
        _entries[id].retiredAt = retiredAt;
        emit ListingRetired(id, retiredAt);
    }

    /// @inheritdoc IListings
    function transferListing(uint256 id, address to) external {
        _requireOwner(id);
        _pendingOwners[id] = to;
        emit ListingTransferStarted(id, msg.sender, to);
    }

    /// @inheritdoc IListings
    function acceptListing(uint256 id) external {
        _requireSender(_pendingOwners[id]);
        address from = _entries[id].owner;
        delete _pendingOwners[id];
        _entries[id].owner = msg.sender;
        emit ListingTransferred(id, from, msg.sender);
    }

    /// @inheritdoc IListings
    function listing(uint256 id) external view returns (Listing memory) {
        Entry memory entry = _entries[id];
        return Listing({
            owner: entry.owner,
            kind: entry.kind,
            revision: entry.revision,
            retiredAt: entry.retiredAt,
            pendingOwner: _pendingOwners[id],
            body: bodyOf[id][entry.revision]
        });
    }

    /// @dev Reverts where the listing is not in the catalogue.
    function _requireListed(uint256 id) internal view {
        Entry memory entry = _entries[id];
        if (entry.owner == address(0)) revert MarketplaceUnknownListing(id);
        if (entry.retiredAt != 0) revert MarketplaceRetiredListing(id, entry.retiredAt);
    }

    /// @dev The second until which the listing counts as listed: now, or the retirement.
    function _listedUntil(uint256 id) internal view returns (uint32) {
        uint32 retiredAt = _entries[id].retiredAt;
        return retiredAt == 0 ? present() : retiredAt;
    }

    /// @dev 0: not retired.
    function _retiredAt(uint256 id) internal view returns (uint32) {
        return _entries[id].retiredAt;
    }

    function _requireSender(address needed) internal view {
        if (msg.sender != needed) revert MarketplaceInvalidSender(msg.sender, needed);
    }

    function _requireOwner(uint256 id) private view {
        _requireSender(_entries[id].owner);
    }
}
