/* Addresses of the families that Wine does not support. */
#include <initguid.h>

#include "simulated_winsock.h"

#include <stddef.h>
#include <string.h>

static int check_size(const struct sockaddr *address, int length, int size, int family)
{
    if (!address || length < size)
        return WSAEFAULT;
    return address->sa_family == family ? 0 : WSAEAFNOSUPPORT;
}

/* AF_UNIX: a file name in UTF-8. Abstract names and autobind are not supported. */

static int unix_check(const struct sockaddr *address, int length)
{
    const int before = offsetof(SOCKADDR_UN, sun_path);
    int error = check_size(address, length, before + 1, AF_UNIX);
    if (!error && length > (int)sizeof(SOCKADDR_UN))
        return WSAEFAULT;
    return error ? error : ((const SOCKADDR_UN *)address)->sun_path[0] ? 0 : WSAEINVAL;
}

static int unix_path(const struct sockaddr *address, wchar_t *path)
{
    wchar_t name[UNIX_PATH_MAX + 1];
    char text[UNIX_PATH_MAX + 1] = {0};
    memcpy(text, ((const SOCKADDR_UN *)address)->sun_path, UNIX_PATH_MAX);
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, name, UNIX_PATH_MAX + 1)
        && GetFullPathNameW(name, MAX_PATH, path, NULL);
}

static int unix_matches(const struct sockaddr *destination, const struct sockaddr *bound)
{
    wchar_t one[MAX_PATH], other[MAX_PATH];
    return unix_path(destination, one) && unix_path(bound, other) && !lstrcmpiW(one, other)
        && GetFileAttributesW(one) != INVALID_FILE_ATTRIBUTES;
}

static int unix_complete(struct sockaddr *address, unsigned number)
{
    wchar_t path[MAX_PATH];
    HANDLE file;
    (void)number;
    if (!unix_path(address, path))
        return WSAEINVAL;
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_EXISTS ? WSAEADDRINUSE : WSAEINVAL;
    CloseHandle(file);
    /* The name keeps its relative path, so that a client in another folder does not find it. */
    return 0;
}

static int unix_unnamed(struct sockaddr *address, unsigned short port)
{
    (void)port;
    memset(address, 0, sizeof(SOCKADDR_UN));
    address->sa_family = AF_UNIX;
    return sizeof(SOCKADDR_UN);
}

/* AF_HYPERV: partition and service. */

static int hyperv_check(const struct sockaddr *address, int length)
{
    int error = check_size(address, length, sizeof(SOCKADDR_HV), AF_HYPERV);
    return error ? error : ((const SOCKADDR_HV *)address)->Reserved ? WSAEINVAL : 0;
}

static int hyperv_matches(const struct sockaddr *destination, const struct sockaddr *bound)
{
    const SOCKADDR_HV *to = (const SOCKADDR_HV *)destination, *from = (const SOCKADDR_HV *)bound;
    if (memcmp(&to->ServiceId, &from->ServiceId, sizeof(GUID)))
        return 0;
    return !memcmp(&to->VmId, &HV_GUID_LOOPBACK, sizeof(GUID)) || !memcmp(&to->VmId, &from->VmId, sizeof(GUID));
}

static int hyperv_complete(struct sockaddr *address, unsigned number)
{
    SOCKADDR_HV *name = (SOCKADDR_HV *)address;
    if (!memcmp(&name->ServiceId, &HV_GUID_ZERO, sizeof(GUID))) {
        name->ServiceId = HV_GUID_VSOCK_TEMPLATE;
        name->ServiceId.Data1 = number;
    }
    return 0;
}

static int hyperv_unnamed(struct sockaddr *address, unsigned short port)
{
    SOCKADDR_HV *name = (SOCKADDR_HV *)address;
    memset(name, 0, sizeof *name);
    name->Family = AF_HYPERV;
    hyperv_complete(address, port);
    return sizeof *name;
}

int loopback_name(struct sockaddr *address)
{
    if (address->sa_family == AF_HYPERV)
        ((SOCKADDR_HV *)address)->VmId = HV_GUID_LOOPBACK;
    return 0;
}

/* AF_BTH: RFCOMM with channels 1 to 30. */

static int bluetooth_check(const struct sockaddr *address, int length)
{
    const SOCKADDR_BTH *name = (const SOCKADDR_BTH *)address;
    int error = check_size(address, length, sizeof(SOCKADDR_BTH), AF_BTH);
    if (error)
        return error;
    if (name->btAddr >> 48 || (name->port > 30 && name->port != BT_PORT_ANY))
        return WSAEINVAL;
    return 0;
}

static int bluetooth_matches(const struct sockaddr *destination, const struct sockaddr *bound)
{
    const SOCKADDR_BTH *to = (const SOCKADDR_BTH *)destination, *from = (const SOCKADDR_BTH *)bound;
    return to->port == from->port && (to->btAddr == from->btAddr || !from->btAddr);
}

static int bluetooth_complete(struct sockaddr *address, unsigned number)
{
    SOCKADDR_BTH *name = (SOCKADDR_BTH *)address;
    if (name->port == BT_PORT_ANY)
        name->port = number % 30 + 1;
    return 0;
}

static int bluetooth_unnamed(struct sockaddr *address, unsigned short port)
{
    SOCKADDR_BTH *name = (SOCKADDR_BTH *)address;
    (void)port;
    memset(name, 0, sizeof *name);
    name->addressFamily = AF_BTH;
    return sizeof *name;
}

static const struct family_ops families[] = {
    {AF_UNIX, SOCK_STREAM, 0, sizeof(SOCKADDR_UN), unix_check, unix_matches, unix_complete, unix_unnamed},
    {AF_HYPERV, SOCK_STREAM, HV_PROTOCOL_RAW, sizeof(SOCKADDR_HV), hyperv_check, hyperv_matches, hyperv_complete,
     hyperv_unnamed},
    {AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM, sizeof(SOCKADDR_BTH), bluetooth_check, bluetooth_matches,
     bluetooth_complete, bluetooth_unnamed},
};

const struct family_ops *find_family_ops(int family)
{
    size_t i;
    for (i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i].family == family)
            return &families[i];
    return NULL;
}
