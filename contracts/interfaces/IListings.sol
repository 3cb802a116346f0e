// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Listings of providers and apps
/// @notice Anybody can list; the chain records the owner, the revisions, and the sha256 of each revision's body. The body
/// itself (docs/spec/marketplace.md) is at the revision's URI, so a reader can check that it is the right one.
/// Revisions are appended; none can be changed or removed. Nobody vouches for what a listing says.
interface IListings {
    enum Kind {
        Provider,
        App
    }

    struct Listing {
        address owner; // zero: no such listing
        Kind kind;
        uint32 revision; // of the newest body; the first is 1
        uint32 retiredAt; // 0: not retired; else the second of the retirement, which is permanent
        address pendingOwner; // may take the listing over; zero: nobody
        bytes32 body; // sha256 of the newest body
    }

    event ListingRegistered(uint256 indexed listing, address indexed owner, Kind indexed kind);
    event ListingRevised(uint256 indexed listing, uint32 indexed revision, bytes32 body, string uri);
    event ListingRetired(uint256 indexed listing, uint32 retiredAt);
    event ListingTransferStarted(uint256 indexed listing, address indexed owner, address indexed pendingOwner);
    event ListingTransferred(uint256 indexed listing, address indexed from, address indexed to);

    error MarketplaceUnknownListing(uint256 listing);
    error MarketplaceRetiredListing(uint256 listing, uint32 retiredAt);
    error MarketplaceInvalidSender(address sender, address needed);

    /// @notice Lists the sender's provider or app; listings are numbered from 1.
    /// @param body sha256 of the body's bytes.
    /// @param uri Where the body is: `data:` or `https:` (docs/spec/marketplace.md).
    function register(Kind kind, bytes32 body, string calldata uri) external returns (uint256 id);

    /// @notice Owner appends a revision. Not after retirement.
    function revise(uint256 id, bytes32 body, string calldata uri) external returns (uint32 revision);

    /// @notice Owner removes the listing from the catalogue, permanently. Sponsors stop paying in that second.
    function retire(uint256 id) external;

    /// @notice Owner offers the listing to `to`, who must accept; zero withdraws the offer. Money never moves with it.
    function transferListing(uint256 id, address to) external;

    /// @notice Pending owner takes the listing over.
    function acceptListing(uint256 id) external;

    /// @notice The number of listings, which is also the number of the newest.
    function listings() external view returns (uint256);
    function listing(uint256 id) external view returns (Listing memory);
    /// @notice sha256 of a revision's body; zero if there is no such revision.
    function bodyOf(uint256 id, uint32 revision) external view returns (bytes32);
}
