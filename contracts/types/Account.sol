// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice First slot of a channel: all that creation, acceptance and a claim write.
/// A channel exists where `deposited` or `last` is not zero, and for ever.
struct Ledger {
    uint96 deposited; // deposits less refunds
    uint96 exec; // execution cost claimed so far
    uint32 start; // acceptance + unfunded seconds; 0: not accepted
    uint32 last; // settled until; fundedSeconds = last - start. Set without `start`: unlocked, never accepted
}

/// @notice Second slot: nothing that an accepted, funded and quiet channel has to write.
struct Status {
    uint96 providerPaid;
    uint96 metered; // sum over all payees
    uint32 unlockAt; // 0: no unlock; CLOSED: closed, the unlock ended at `Ledger.last`
    uint32 unfunded; // seconds since acceptance in which the rates were not covered
}

/// @notice Two slots a channel. Seconds are uint32: time stands still for a channel after February 2106; an unlock is
/// over at once then, and dues stay withdrawable.
struct Account {
    Ledger ledger;
    Status status;
}

/// @notice One slot a payee, written at its first withdrawal or voucher.
struct PayeeAccount {
    uint96 paid;
    uint96 metered;
}

/// @dev Value of `Status.unlockAt` after closing. No real unlock can end in the first second of 1970.
uint32 constant CLOSED = 1;
