// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Marketplace} from "../../../contracts/Marketplace.sol";
import {IAttestations} from "../../../contracts/interfaces/IAttestations.sol";
import {equal, vm} from "../support/Vm.sol";

/// @notice Statements about attested provider keys.
contract AttestationsTest {
    uint256 private constant START = 1_900_000_000;
    address private constant DEVELOPER = address(0xD1);
    address private constant OTHER = address(0xD2);
    bytes32 private constant KEY = keccak256("key");
    bytes32 private constant POLICY = keccak256("policy");
    bytes32 private constant BODY = keccak256("body");
    Marketplace private market;

    function setUp() external {
        vm.warp(START);
        market = new Marketplace(address(this));
    }

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
}
