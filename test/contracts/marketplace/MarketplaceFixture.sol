// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../../contracts/Marketplace.sol";
import {IListings} from "../../../contracts/interfaces/IListings.sol";
import {IPlacements} from "../../../contracts/interfaces/IPlacements.sol";
import {TestToken} from "../../../contracts/mocks/TestToken.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice A market with one listed app, and sponsors with tokens.
contract MarketplaceFixture {
    uint256 internal constant START = 1_900_000_000;
    /// @dev One base unit a second.
    uint96 internal constant UNIT = 1 << 32;
    uint256 internal constant ANN_KEY = 0xA11;
    address internal constant OWNER = address(0xD1);
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA401);
    address internal constant BENEFICIARY = address(0xBE);
    address internal ann;
    Marketplace internal market;
    TestToken internal token;
    uint256 internal app;

    function setUp() public virtual {
        vm.warp(START);
        ann = vm.addr(ANN_KEY);
        market = new Marketplace(BENEFICIARY);
        vm.prank(OWNER);
        app = market.register(IListings.Kind.App, keccak256("body"), "data:,body");
        _use(new TestToken("Test", "TST", 6));
    }

    function _use(TestToken token_) internal {
        token = token_;
        _fund(ann);
        _fund(BOB);
        _fund(CAROL);
    }

    function _fund(address sponsor) internal {
        token.mint(sponsor, 1_000_000);
        vm.prank(sponsor);
        // Some tokens return nothing.
        (bool success,) = address(token).call(abi.encodeCall(token.approve, (address(market), type(uint256).max)));
        isTrue(success, "approved");
    }

    function _bid(address sponsor, uint96 rate, uint96 amount) internal {
        vm.prank(sponsor);
        market.bid(app, address(token), rate, amount);
    }

    function _cancel(address sponsor) internal returns (uint96) {
        vm.prank(sponsor);
        return market.cancelBid(app, address(token), sponsor);
    }

    function _collect(address sponsor) internal returns (uint256) {
        IPlacements.BidKey[] memory keys = new IPlacements.BidKey[](1);
        keys[0] = IPlacements.BidKey(app, sponsor);
        return market.collect(address(token), keys);
    }

    function _balance(address sponsor) internal view returns (uint256) {
        return market.bidBalance(app, address(token), sponsor);
    }

    function _end(address sponsor) internal view returns (uint256) {
        return market.bidEnd(app, address(token), sponsor);
    }

    function _after(uint256 secs) internal {
        vm.warp(vm.getBlockTimestamp() + secs);
    }

    function _retire() internal {
        vm.prank(OWNER);
        market.retire(app);
    }

    /// @dev All that is held is some sponsor's balance or revenue, collected or still to be.
    function _assertConserved(address[3] memory sponsors) internal {
        uint256 owed = market.revenue(address(token));
        for (uint256 i = 0; i < sponsors.length; ++i) {
            if (market.bidOf(app, address(token), sponsors[i]).rate == 0) continue;
            owed += _collect(sponsors[i]) + _balance(sponsors[i]);
        }
        equal(token.balanceOf(address(market)), owed, "held");
    }
}
