"""The constants of SCTP that are not typed options, with reasons, for :mod:`test_option_tables`."""

from __future__ import annotations

#: Pattern of constants -> the reason, on all systems.
REASONS = {
    r"SCTP_(ABORT|EOF|EOR|COMPLETE|UNORDERED|SENDALL|ADDR_OVER|NOTIFICATION)": "flags of messages",
    r"SCTP_(AUTHINFO|DSTADDRV4|DSTADDRV6|EXTRCV|INIT|NXTINFO|PRINFO|RCVINFO|SNDINFO|SNDRCV)": "control messages, and "
    "structs of messages",
    r"SCTP_((ADAPTA?T?ION|AUTHENTICATION)_INDICATION|\w+_(ABORTED|CHANGE|DENIED|EVENT|FAILED|SSN))": "notifications",
    r"SCTP_(REMOTE_ERROR|SEND_FAILED|SN_TYPE_(BASE|MAX)|AUTH_(FREE_KEY|NEWKEY|NEW_KEY|NO_AUTH))": "notifications",
    r"SCTP_ADDR_(ADDED|AVAILABLE|CONFIRMED|MADE_PRIM|PF|POTENTIALLY_FAILED|REMOVED|UNREACHABLE)": "notifications",
    r"SCTP_(CANT_STR_ASSOC|COMM_LOST|COMM_UP|RESTART|SHUTDOWN_COMP|ASSOC_SUPPORTS_\w+)": "notifications",
    r"SCTP_(FAILED_THRESHOLD|INTERNAL_ERROR|PEER_FAULTY|RECEIVED_SACK|RESPONSE_TO_USER_REQ)": "errors",
    r"SCTP_SHUTDOWN_GUARD_EXPIRES|SCTP_(ALL|CURRENT|FUTURE)_ASSOC": "errors and values",
    r"SCTP_(ACTIVE|INACTIVE|PF|POTENTIALLY_FAILED|UNCONFIRMED|UNKNOWN|NOHEARTBEAT|NO_HB|ISSUE_HB)": "states of paths",
    r"SCTP_(BOUND|CLOSED|EMPTY|ESTABLISHED|LISTEN)|SCTP_SHUTDOWN_(ACK_SENT|PENDING|RECEIVED|SENT)": "states",
    r"SCTP_SHUTDOWN(_ACK|_COMPLETE)?": "types of chunks",
    r"SCTP_(AUTH_HMAC_ID|CC|EDMID|ENABLE|FRAG_LEVEL|NEXT_MSG|PR_SCTP|RECVV|SENDV|SEND|SS|STRRESET)_\w+": "values",
    r"SCTP_(BINDX_(ADD|REM)_ADDR|NO_NEXT_MSG|MAX_(CWND|EXPLICT_STR_RESET)|MIN_COOKIE_LIFE)": "values",
    r"SCTP_((LARGEST|SMALLEST)_PMTU|STREAM_RESET_(INCOMING|OUTGOING)|RESET_(BOTH|LOCAL_\w+))": "values",
    r"SCTP_(SOCKOPT_\w+|SENDMSG_CONNECT|CONNECT_X\w*|PEELOFF|GET_(ADDR_LEN|\w+_ADDR_SIZE))": "functions of libsctp",
    r"SCTP_(DELAYED_ACK|DELAYED_ACK_TIME|EXPOSE_PF_STATE|ADAPTION_LAYER|MAXBURST)": "second name",
}

#: System -> pattern of options of this system alone -> the reason.
REASONS_ON = {
    "freebsd": {
        r"SCTP_\w*VRF(_IDS?)?": "routing domains, which the kernel does not have any more",
        r"SCTP_GET_(LOCAL|PEER)_ADDRESSES": "functions of libsctp: a list without a number of addresses",
        r"SCTP_GET_(NONCE_VALUES|PACKET_LOG|SNDBUF_USE)|SCTP_LAST_PACKET_TRACING|SCTP_TRACE_PARAMS": "debugging",
        r"SCTP_SET_(DEBUG_LEVEL|INITIAL_DBG_SEQ)": "debugging",
        r"SCTP_SET_DYNAMIC_PRIMARY": "a setting of the system",
        r"SCTP_PLUGGABLE_SS": "second name",
    },
    "netbsd": {
        r"SCTP_MAXSEG": "an int, and the value of other systems has an association",
        r"SCTP_GET_(ASOC_ID_LIST|LOCAL_ADDRESSES|PEER_ADDRESSES)": "functions of libsctp: a list without their number",
        r"SCTP_GET_(NONCE_VALUES|SNDBUF_USE)|SCTP_SET_(DEBUG_LEVEL|INITIAL_DBG_SEQ)": "debugging",
        r"SCTP_(MY|PEER)_PUBLIC_KEY|SCTP_SET_AUTH_(CHUNKS|SECRET)": "the header has no struct",
    },
}
