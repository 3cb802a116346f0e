// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IPaymentChannel} from "../../../contracts/interfaces/IPaymentChannel.sol";
import {IPermit2} from "../../../contracts/interfaces/IPermit2.sol";
import {FeeToken} from "../../../contracts/mocks/FeeToken.sol";
import {Permit2Model} from "../../../contracts/mocks/Permit2Model.sol";
import {ReentrantToken} from "../../../contracts/mocks/ReentrantToken.sol";
import {ChannelFixture} from "./ChannelFixture.sol";
import {equal, isTrue, vm} from "../support/Vm.sol";

/// @notice Deposits by permit (ERC-2612) and by Permit2, at creation and later.
contract FundingTest is ChannelFixture {
    Permit2Model private permit2;
    uint256 private constant DEADLINE = START + 1 hours;

    function setUp() public override {
        super.setUp();
        permit2 = Permit2Model(channel.PERMIT2());
        vm.etch(address(permit2), address(new Permit2Model()).code);
        vm.startPrank(publisher);
        token.approve(address(channel), 0);
        token.approve(address(permit2), type(uint256).max);
        vm.stopPrank();
    }

    function _permit(uint256 amount, uint256 nonce) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 message = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                publisher,
                address(channel),
                amount,
                nonce,
                DEADLINE
            )
        );
        return vm.sign(PUBLISHER_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message)));
    }

    function _transferBy(uint256 key, uint256 amount, uint256 nonce) private view returns (bytes memory) {
        IPermit2.TokenPermissions memory permitted = IPermit2.TokenPermissions(address(token), amount);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, permit2.hash(permitted, address(channel), nonce, DEADLINE));
        return abi.encodePacked(r, s, v);
    }

    function _createByPermit2(bytes memory signature, uint256 nonce) private {
        bytes memory quote = _quote();
        vm.prank(publisher);
        channel.createChannelWithPermit2(_terms(header), quote, DEPOSIT, payees, nonce, DEADLINE, signature);
    }

    function test_depositWithPermit_needsNoAllowance_andSurvivesAUsedPermit() external {
        vm.prank(publisher);
        token.approve(address(channel), DEPOSIT);
        _open();
        (uint8 v, bytes32 r, bytes32 s) = _permit(70, 0);
        vm.prank(publisher);
        channel.depositWithPermit(header, 70, DEADLINE, v, r, s);
        equal(channel.channel(id).deposited, DEPOSIT + 70, "deposited");
        (v, r, s) = _permit(30, 1);
        // Somebody saw it first.
        vm.prank(STRANGER);
        ERC20Permit(address(token)).permit(publisher, address(channel), 30, DEADLINE, v, r, s);
        vm.prank(publisher);
        channel.depositWithPermit(header, 30, DEADLINE, v, r, s);
        equal(channel.channel(id).deposited, DEPOSIT + 100, "deposited");
        equal(token.allowance(publisher, address(channel)), 0, "used up");
    }

    function test_depositWithPermit_ofAnother_takesNothing() external {
        vm.prank(publisher);
        token.approve(address(channel), DEPOSIT);
        _open();
        (uint8 v, bytes32 r, bytes32 s) = _permit(70, 0);
        vm.prank(STRANGER);
        (bool success,) = address(channel).call(
            abi.encodeCall(channel.depositWithPermit, (header, 70, DEADLINE, v, r, s))
        );
        isTrue(!success, "the permit is the publisher's");
        equal(channel.channel(id).deposited, DEPOSIT, "deposited");
    }

    function test_permit2_createsAndFunds() external {
        _createByPermit2(_transferBy(PUBLISHER_KEY, DEPOSIT, 77), 77);
        equal(channel.channel(id).acceptedAt, START, "accepted");
        equal(token.balanceOf(address(channel)), DEPOSIT, "held");
        bytes memory signature = _transferBy(PUBLISHER_KEY, 50, 78);
        _unlock();
        vm.prank(publisher);
        channel.depositWithPermit2(header, 50, 78, DEADLINE, signature);
        equal(channel.channel(id).deposited, DEPOSIT + 50, "deposited");
        equal(channel.channel(id).unlockAt, 0, "the publisher's deposit cancels its unlock");
    }

    function test_permit2_refusesWhatItsOwnerDidNotSign() external {
        bytes memory other = _transferBy(METER_KEY, DEPOSIT, 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Model.InvalidSigner.selector));
        _createByPermit2(other, 1);
        bytes memory less = _transferBy(PUBLISHER_KEY, DEPOSIT - 1, 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Model.InvalidSigner.selector));
        _createByPermit2(less, 1);
        bytes memory right = _transferBy(PUBLISHER_KEY, DEPOSIT, 1);
        _createByPermit2(right, 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Model.InvalidNonce.selector));
        vm.prank(publisher);
        channel.depositWithPermit2(header, DEPOSIT, 1, DEADLINE, right);
        bytes memory late = _transferBy(PUBLISHER_KEY, 10, 2);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Model.SignatureExpired.selector, DEADLINE));
        vm.prank(publisher);
        channel.depositWithPermit2(header, 10, 2, DEADLINE, late);
    }

    /// @dev The transfer is from the sender, always: a signature seen in the mempool is of no use to others.
    function test_permit2_ofAnother_takesNothing() external {
        _createByPermit2(_transferBy(PUBLISHER_KEY, DEPOSIT, 1), 1);
        bytes memory signature = _transferBy(PUBLISHER_KEY, 10, 2);
        vm.expectRevert(abi.encodeWithSelector(Permit2Model.InvalidSigner.selector));
        vm.prank(STRANGER);
        channel.depositWithPermit2(header, 10, 2, DEADLINE, signature);
    }

    function test_permit2_refusesAFeeOnTransfer() external {
        token = new FeeToken();
        token.mint(publisher, DEPOSIT);
        header.token = address(token);
        _complete();
        vm.prank(publisher);
        token.approve(address(permit2), DEPOSIT);
        bytes memory signature = _transferBy(PUBLISHER_KEY, DEPOSIT, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPaymentChannel.ChannelInexactTransfer.selector, address(token), DEPOSIT, DEPOSIT - DEPOSIT / 100
            )
        );
        _createByPermit2(signature, 1);
    }

    /// @dev Where the chain has no Permit2, nothing is credited.
    function test_permit2_revertsWhereThereIsNone() external {
        bytes memory signature = _transferBy(PUBLISHER_KEY, DEPOSIT, 1);
        vm.etch(address(permit2), "");
        bytes memory quote = _quote();
        vm.prank(publisher);
        (bool success,) = address(channel).call(
            abi.encodeCall(
                channel.createChannelWithPermit2, (_terms(header), quote, DEPOSIT, payees, 1, DEADLINE, signature)
            )
        );
        isTrue(!success, "refused");
    }

    /// @dev What a token sees of the channel while it moves: all that the call is going to leave.
    function _seen(ReentrantToken watching) private view returns (uint256) {
        isTrue(watching.attempted() && watching.succeeded(), "looked");
        return abi.decode(watching.answer(), (IPaymentChannel.Channel)).deposited;
    }

    function test_effectsComeFirst_howeverTokensCome() external {
        ReentrantToken watching = new ReentrantToken();
        _deploy(watching);
        vm.prank(publisher);
        token.approve(address(permit2), type(uint256).max);
        bytes memory look = abi.encodeCall(channel.channel, (id));

        watching.arm(address(channel), look);
        _createByPermit2(_transferBy(PUBLISHER_KEY, DEPOSIT, 1), 1);
        equal(_seen(watching), DEPOSIT, "createChannelWithPermit2");
        watching.arm(address(channel), look);
        bytes memory signature = _transferBy(PUBLISHER_KEY, 10, 2);
        vm.prank(publisher);
        channel.depositWithPermit2(header, 10, 2, DEADLINE, signature);
        equal(_seen(watching), DEPOSIT + 10, "depositWithPermit2");
        watching.arm(address(channel), look);
        vm.prank(publisher);
        channel.deposit(header, 10);
        equal(_seen(watching), DEPOSIT + 20, "deposit");
        watching.arm(address(channel), look);
        vm.prank(publisher);
        channel.depositWithPermit(header, 10, DEADLINE, 0, 0, 0);
        equal(_seen(watching), DEPOSIT + 30, "depositWithPermit");

        header.podId = keccak256("second");
        bytes32 second = channel.channelId(header);
        watching.arm(address(channel), abi.encodeCall(channel.channel, (second)));
        vm.prank(publisher);
        channel.createChannel(_terms(header), "", DEPOSIT, payees);
        equal(_seen(watching), DEPOSIT, "createChannel");
        header.podId = keccak256("third");
        watching.arm(address(channel), abi.encodeCall(channel.channel, (channel.channelId(header))));
        vm.prank(publisher);
        channel.createChannelWithPermit(_terms(header), "", DEPOSIT, payees, DEADLINE, 0, 0, 0);
        equal(_seen(watching), DEPOSIT, "createChannelWithPermit");
    }
}
