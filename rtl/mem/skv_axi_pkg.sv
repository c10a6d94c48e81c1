// AXI4 channels of 512 bits, as the masters here use them: INCR bursts of whole beats (AxSIZE 6,
// AxBURST 1), aligned to 64 bytes, never across 4 KB.

package skv_axi_pkg;

  localparam int unsigned IdW = 10;
  localparam int unsigned AddrW = 64;
  localparam int unsigned DataW = 512;
  localparam int unsigned StrbW = DataW / 8;

  typedef struct packed {
    logic [IdW-1:0]   id;
    logic [AddrW-1:0] addr;  // bytes
    logic [7:0]       len;   // beats less one
  } ax_t;

  typedef struct packed {
    logic [DataW-1:0] data;
    logic [StrbW-1:0] strb;
    logic             last;
    logic             poison;  // AXI5 WPOISON, a bit a beat: the memory keeps it
  } w_t;

  typedef enum logic [1:0] {
    RespOkay   = 2'd0,
    RespExokay = 2'd1,
    RespSlverr = 2'd2,
    RespDecerr = 2'd3
  } resp_e;

  typedef struct packed {
    logic [IdW-1:0] id;
    resp_e          resp;
  } b_t;

  typedef struct packed {
    logic [IdW-1:0]   id;
    logic [DataW-1:0] data;
    resp_e            resp;
    logic             last;
    logic             poison;
  } r_t;

  // Whether a response says that the access failed.
  function automatic logic is_error(resp_e resp);
    return resp == RespSlverr || resp == RespDecerr;
  endfunction

endpackage
