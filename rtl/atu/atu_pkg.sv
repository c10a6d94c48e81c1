// What the parts of the address translation unit share.

package atu_pkg;

  import skv_mem_pkg::*;

  // Whose page: what a TLB entry and a walk are found by.
  typedef struct packed {
    vpn_t    vpn;
    tenant_t tenant;
  } key_t;

  function automatic row_id_t row_id(key_t key);
    return '{request: key.vpn.request, page: key.vpn.page, owner: key.tenant};
  endfunction

  // What goes through the TLB: a lookup, a walk's entry, invalidations.
  typedef enum logic [2:0] {
    OpLookup     = 3'd0,
    OpFill       = 3'd1,
    OpInvPage    = 3'd2,
    OpInvRequest = 3'd3,
    OpInvAll     = 3'd4
  } op_e;

  // What a row pointer is good for, beside the row's own address: the range of its streams.
  typedef struct packed {
    logic [7:0] layers;
    logic [7:0] heads;
    unit_t      address;
  } row_t;

endpackage
