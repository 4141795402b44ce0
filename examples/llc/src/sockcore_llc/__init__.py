"""AF_LLC for sockcore: frames of IEEE 802.2, and connections of LLC type 2 (Linux 2.6).

The constants have types here: type checkers know them as ``sockcore_llc.AF_LLC``. At run time they are names of
``sockcore`` too.
"""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_llc.address import Llc
from sockcore_llc.constants import (
    AF_LLC,
    CONSTANTS,
    LLC_OPT_ACK_TMR_EXP,
    LLC_OPT_BUSY_TMR_EXP,
    LLC_OPT_MAX_ACK_TMR_EXP,
    LLC_OPT_MAX_BUSY_TMR_EXP,
    LLC_OPT_MAX_P_TMR_EXP,
    LLC_OPT_MAX_REJ_TMR_EXP,
    LLC_OPT_MAX_RETRY,
    LLC_OPT_MAX_SIZE,
    LLC_OPT_MAX_WIN,
    LLC_OPT_P_TMR_EXP,
    LLC_OPT_PKTINFO,
    LLC_OPT_REJ_TMR_EXP,
    LLC_OPT_RETRY,
    LLC_OPT_RX_WIN,
    LLC_OPT_SIZE,
    LLC_OPT_TX_WIN,
    LLC_SAP_3COM,
    LLC_SAP_8208,
    LLC_SAP_BANYAN,
    LLC_SAP_BSPAN,
    LLC_SAP_DISC,
    LLC_SAP_GLOBAL,
    LLC_SAP_IMPL,
    LLC_SAP_IP,
    LLC_SAP_IPX,
    LLC_SAP_LANMGR,
    LLC_SAP_LAR,
    LLC_SAP_LLC,
    LLC_SAP_MMS,
    LLC_SAP_NETBEUI,
    LLC_SAP_NULL,
    LLC_SAP_OSI,
    LLC_SAP_PNM,
    LLC_SAP_PRO,
    LLC_SAP_RM,
    LLC_SAP_SNA,
    LLC_SAP_SNAP,
    SOL_LLC,
)

__all__ = [
    "AF_LLC",
    "CONSTANTS",
    "LLC_OPT_ACK_TMR_EXP",
    "LLC_OPT_BUSY_TMR_EXP",
    "LLC_OPT_MAX_ACK_TMR_EXP",
    "LLC_OPT_MAX_BUSY_TMR_EXP",
    "LLC_OPT_MAX_P_TMR_EXP",
    "LLC_OPT_MAX_REJ_TMR_EXP",
    "LLC_OPT_MAX_RETRY",
    "LLC_OPT_MAX_SIZE",
    "LLC_OPT_MAX_WIN",
    "LLC_OPT_PKTINFO",
    "LLC_OPT_P_TMR_EXP",
    "LLC_OPT_REJ_TMR_EXP",
    "LLC_OPT_RETRY",
    "LLC_OPT_RX_WIN",
    "LLC_OPT_SIZE",
    "LLC_OPT_TX_WIN",
    "LLC_SAP_3COM",
    "LLC_SAP_8208",
    "LLC_SAP_BANYAN",
    "LLC_SAP_BSPAN",
    "LLC_SAP_DISC",
    "LLC_SAP_GLOBAL",
    "LLC_SAP_IMPL",
    "LLC_SAP_IP",
    "LLC_SAP_IPX",
    "LLC_SAP_LANMGR",
    "LLC_SAP_LAR",
    "LLC_SAP_LLC",
    "LLC_SAP_MMS",
    "LLC_SAP_NETBEUI",
    "LLC_SAP_NULL",
    "LLC_SAP_OSI",
    "LLC_SAP_PNM",
    "LLC_SAP_PRO",
    "LLC_SAP_RM",
    "LLC_SAP_SNA",
    "LLC_SAP_SNAP",
    "SOCKCORE_API",
    "SOL_LLC",
    "Llc",
    "sockcore_register",
]

#: The version of the interface of sockcore.
SOCKCORE_API: int = 1


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family, its constants, options and control message on Linux."""
    if system_name() == "linux":
        register.family(Llc())
        register.constants(CONSTANTS)
        register.codecs("sockcore_llc.options")
