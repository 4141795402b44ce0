/* A peer for CAN XL in C, with the kernel's headers only. can-utils of Debian do not support CAN XL (2023.03).
 *
 *     canxl_peer raw|packet INTERFACE COUNT                     print the next COUNT frames
 *     canxl_peer raw|packet INTERFACE PRIO FLAGS SDT AF SIZE    send a frame with the data 0, 7, 14, ...
 *
 * "raw" uses CAN_RAW, as a program does, and "packet" a packet socket, which has the frames of the interface unchanged:
 * with the VCID, which is in bits 16 to 23 of prio.
 */
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef CANXL_XLF
#error no CAN XL in these headers
#endif

static void
check(int failed, const char *call)
{
    if (failed) {
        perror(call);
        exit(1);
    }
}

static int
open_raw(const char *interface)
{
    struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = (int)if_nametoindex(interface)};
    int fd = socket(AF_CAN, SOCK_RAW, CAN_RAW), on = 1;
    check(fd < 0, "socket");
    check(setsockopt(fd, SOL_CAN_RAW, CAN_RAW_XL_FRAMES, &on, sizeof on) < 0, "CAN_RAW_XL_FRAMES");
    check(bind(fd, (struct sockaddr *)&address, sizeof address) < 0, "bind");
    return fd;
}

static int
open_packet(const char *interface)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_CANXL)};
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    check(fd < 0, "socket");
    address.sll_ifindex = (int)if_nametoindex(interface);
    check(bind(fd, (struct sockaddr *)&address, sizeof address) < 0, "bind");
    return fd;
}

static void
print_frame(const struct canxl_frame *frame, ssize_t size)
{
    printf("%zd %#x %#x %#x %#x %u %#x ", size, frame->prio & CANXL_PRIO_MASK, frame->prio >> 16 & 0xff, frame->flags,
           frame->sdt, frame->len, frame->af);
    for (int i = 0; i < frame->len; i++)
        printf("%02x", frame->data[i]);
    printf("\n");
}

int
main(int argc, char **argv)
{
    struct canxl_frame frame;
    if (argc != 4 && argc != 8)
        return 2;
    int fd = strcmp(argv[1], "packet") ? open_raw(argv[2]) : open_packet(argv[2]);
    memset(&frame, 0, sizeof frame);
    if (argc == 8) {
        frame.prio = (canid_t)strtoul(argv[3], NULL, 0);
        frame.flags = (__u8)strtoul(argv[4], NULL, 0);
        frame.sdt = (__u8)strtoul(argv[5], NULL, 0);
        frame.af = (__u32)strtoul(argv[6], NULL, 0);
        frame.len = (__u16)strtoul(argv[7], NULL, 0);
        for (int i = 0; i < frame.len; i++)
            frame.data[i] = (__u8)(i * 7);
        size_t size = CANXL_HDR_SIZE + frame.len;
        check(write(fd, &frame, size) != (ssize_t)size, "write");
        return 0;
    }
    for (int left = atoi(argv[3]); left > 0; left--) {
        ssize_t size = read(fd, &frame, sizeof frame);
        check(size < 0, "read");
        print_frame(&frame, size);
    }
    return 0;
}
